/**
 * The benchmark: what ours and others cost for the same work, on the same machine, in the same run.
 * A run of all works is kept: in results.json, results.svg and the tables of docs/performance.md.
 *
 *     test/bench/run.ts [--quick] [WORK...]
 */

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import process from 'node:process';

import type { Row, Work } from './bench.ts';
import { makeMaterial } from './material.ts';
import { chartOf } from './chart.ts';
import { writePage, writeResults } from './page.ts';
import { summaryOf, tableOf } from './report.ts';
import { WORKS } from './works.ts';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const unknown = positionals.filter((name) => !WORKS.some((work) => work.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such work: ${unknown.join(', ')}; there are ${WORKS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exitCode = 2;
} else if (positionals.length > 0) {
  await measure(WORKS.filter(({ name }) => positionals.includes(name)));
} else {
  const startedAt = performance.now();
  const rows = await measure(WORKS);
  const milliseconds = performance.now() - startedAt;
  await writeResults(summaryOf(rows, { isQuick: values.quick, milliseconds }));
  await writeFile(new URL('results.svg', import.meta.url), chartOf(rows));
  await writePage();
}

async function measure(works: readonly Work[]): Promise<readonly Row[]> {
  const material = await makeMaterial();
  const rows: Row[] = [];
  try {
    for (const work of works) {
      const startedAt = performance.now();
      process.stderr.write(`${work.name} ...\n`);
      await using stops = new AsyncDisposableStack();
      const measured = await work.measure({
        material,
        rounds: values.quick ? 3 : 5,
        scale: values.quick ? 0.2 : 1,
        onDone: (stop) => stops.defer(stop),
      });
      rows.push(...measured);
      process.stdout.write(tableOf(measured));
      const seconds = (performance.now() - startedAt) / 1_000;
      process.stderr.write(`${work.name}: ${seconds.toFixed(0)} s\n`);
    }
    return rows;
  } finally {
    await material.remove();
  }
}
