/**
 * The benchmark: what ours and others cost for the same work, on the same machine, in the same run.
 *
 *     test/bench/run.ts [--quick] [WORK...]
 */

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import process from 'node:process';

import type { Row, Work } from './bench.ts';
import { makeMaterial } from './material.ts';
import { chartOf } from './chart.ts';
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
} else {
  await run(WORKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)));
}

async function run(works: readonly Work[]): Promise<void> {
  const material = await makeMaterial();
  const rows: Row[] = [];
  try {
    for (const work of works) {
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
    }
  } finally {
    await material.remove();
  }
  const file = (name: string): URL => new URL(name, import.meta.url);
  await writeFile(file('results.json'), `${JSON.stringify(summaryOf(rows), null, 2)}\n`);
  await writeFile(file('results.svg'), chartOf(rows));
}
