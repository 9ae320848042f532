import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { pageWith, readPage, readResults } from '../bench/page.ts';
import { WORKS } from '../bench/works.ts';

test('the tables of docs/performance.md are those of the last whole run of the benchmark', async () => {
  const page = await readPage();
  assert.equal(page, pageWith(page, await readResults()), 'run `npm run docs`');
});

test('docs/performance.md says where the time of each work goes', async () => {
  const headings = [...(await readPage()).matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  for (const { name } of WORKS) assert.ok(headings.includes(name), `no heading "${name}"`);
});

test('the README leads to docs/performance.md', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  assert.match(readme, /^\| judge it \|.*\(docs\/performance\.md\)/m);
});
