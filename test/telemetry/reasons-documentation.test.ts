import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { REASONS } from '../../src/errors.ts';

const DOCUMENT = new URL('../../docs/reasons.md', import.meta.url);
const KNOWN: ReadonlySet<string> = new Set(REASONS);

/** The tables of the document by the first cell of their heads; each row is its cells. */
async function tables(): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const lines = (await readFile(DOCUMENT, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const found = new Map<string, (readonly string[])[]>();
  let head = '';
  for (const [index, line] of lines.entries()) {
    const cells = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim());
    if (lines[index + 1]?.startsWith('| --- |') === true) [head = ''] = cells;
    else if (!line.startsWith('| --- |')) found.set(head, [...(found.get(head) ?? []), cells]);
  }
  return found;
}

test('docs/reasons.md goes from every reason to its cause and its cure, once', async () => {
  const rows = (await tables()).get('reason') ?? [];
  const documented = rows.map(([reason = '']) => reason);
  assert.deepEqual(new Set(documented), new Set(REASONS.map((reason) => `\`${reason}\``)));
  assert.equal(documented.length, REASONS.length, 'no reason stands twice');
  for (const [reason, cause = '', cure = ''] of rows) {
    assert.match(cause, /^[A-Z`].{8,}\.$/, `${reason} lacks its cause`);
    assert.match(cure, /^[A-Z`].{8,}\.$/, `${reason} lacks its cure`);
  }
});

test('what a client may have seen leads to reasons and sections that there are', async () => {
  const rows = (await tables()).get('the client saw') ?? [];
  assert.ok(rows.length > 10);
  const text = await readFile(DOCUMENT, 'utf8');
  const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
  const anchors = sections.map((title) => title.toLowerCase().replaceAll(' ', '-'));
  for (const [seen = '', places = ''] of rows) {
    const reasons = [...places.matchAll(/`(\w+_\w+|overloaded)`/g)].map(
      ([, reason = '']) => reason,
    );
    const links = [...places.matchAll(/\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor);
    assert.ok(reasons.length + links.length > 0, seen);
    assert.deepEqual(
      reasons.filter((reason) => !KNOWN.has(reason)),
      [],
      seen,
    );
    assert.deepEqual(
      links.filter((anchor) => !anchors.includes(anchor)),
      [],
      seen,
    );
  }
});
