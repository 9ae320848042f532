/** The tables of docs/performance.md, made of the last whole run. */

import { readFile, writeFile } from 'node:fs/promises';

import type { Row } from './bench.ts';
import { markdownTable, ratioText, tableOf } from './report.ts';
import type { Summary } from './report.ts';

const RESULTS = new URL('results.json', import.meta.url);
const PAGE = new URL('../../docs/performance.md', import.meta.url);

const REGION = /(<!-- begin of (\w+) -->\n).*?(<!-- end of \2 -->)/gs;

export async function readResults(): Promise<Summary> {
  return JSON.parse(await readFile(RESULTS, 'utf8')) as Summary;
}

export function readPage(): Promise<string> {
  return readFile(PAGE, 'utf8');
}

export async function writeResults(summary: Summary): Promise<void> {
  await writeFile(RESULTS, `${JSON.stringify(summary, null, 2)}\n`);
}

/** Brings the tables of the page up to date with results.json. */
export async function writePage(): Promise<void> {
  await writeFile(PAGE, pageWith(await readPage(), await readResults()));
}

/** The page with the tables of these results between its marks. */
export function pageWith(page: string, results: Summary): string {
  const regions: Readonly<Record<string, string>> = {
    ratios: ratiosOf(results),
    details: tableOf(results.rows),
  };
  return page.replaceAll(
    REGION,
    (_, begin: string, name: string, end: string) => `${begin}\n${regions[name] ?? ''}\n${end}`,
  );
}

function ratiosOf({ date, minutes, isQuick, machine, rows }: Summary): string {
  const lines = rows.map(({ work, peer, unit, costs }: Row) => {
    const [ours] = costs;
    const theirs = costs.find(({ name }) => name === peer);
    if (ours === undefined || theirs === undefined) throw new Error(`no peer in "${work}"`);
    const ratio = ratioText(ours.value / theirs.value);
    return [work, `**${ratio}**`, valueText(ours.value), valueText(theirs.value), peer, unit];
  });
  const kind = isQuick ? 'A quick run' : 'A full run';
  return [
    `${kind} of ${minutes} minutes on ${date}: ${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}.\n`,
    markdownTable([['work', 'ours to theirs', 'ours', 'theirs', 'peer', 'unit'], ...lines]),
  ].join('\n');
}

function valueText(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
