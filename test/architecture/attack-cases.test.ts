import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const TESTS = join(import.meta.dirname, '..');

/**
 * The attacks on headers, connections, trust, proof of possession, tokens and introspection, those on
 * the tokens of the embedded service, and those on log and metrics; a title names its case.
 */
const CASES: readonly string[] = [
  ...Array.from({ length: 40 }, (_, index) => `T${String(index + 1).padStart(2, '0')}`),
  'T41',
  'T42',
  'T43',
  'T45',
  'T46',
  'T47',
  'T48',
  'T71',
  'T72',
  'T73',
  'T74',
  'T75',
];

test('each of these attacks has a test that is named for it', async () => {
  const named = new Set<string>();
  for await (const path of glob('**/*.test.ts', { cwd: TESTS })) {
    const text = await readFile(join(TESTS, path), 'utf8');
    // A title stands at the start of its line or right behind `test(`; comments do not count.
    for (const [title] of text.matchAll(/^\s*(?:test\()?['"`].*$/gm)) {
      for (const [id] of title.matchAll(/\bT\d\d\b/g)) named.add(id);
    }
  }
  assert.deepEqual(
    CASES.filter((id) => !named.has(id)),
    [],
  );
});
