import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { REASONS } from '../../src/errors.ts';

const DOCUMENT = new URL('../../docs/reasons.md', import.meta.url);

test('docs/reasons.md says of every reason what it means and what to do', async () => {
  const rows = (await readFile(DOCUMENT, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  const documented = cells.map(([, reason = '']) => reason);
  assert.deepEqual(new Set(documented), new Set(REASONS.map((reason) => `\`${reason}\``)));
  assert.equal(documented.length, REASONS.length, 'no reason stands twice');
  for (const [, reason, meaning = '', remedy = ''] of cells) {
    assert.ok(meaning.length > 10 && remedy.length > 10, `${reason} lacks meaning or remedy`);
  }
});
