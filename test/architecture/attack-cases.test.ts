import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const TESTS = join(import.meta.dirname, '..');

/**
 * The attacks on headers, connections, trust, proof of possession, tokens and introspection, those on
 * the tokens of the embedded service, those that make two servers read the same octets differently,
 * those on what we can bear, and those on log and metrics; a title names its case.
 */
const CASES = numbered('T', 1, 75);

/** Failures of what is around us; docs/faults.md has a row for each, and says where no test is. */
const FAULTS = numbered('F', 1, 28);

function numbered(letter: string, first: number, last: number): readonly string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => `${letter}${String(first + index).padStart(2, '0')}`,
  );
}

async function namedInTests(): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for await (const path of glob('**/*.test.ts', { cwd: TESTS })) {
    const text = await readFile(join(TESTS, path), 'utf8');
    // A title stands at the start of its line or right behind `test(`; comments do not count.
    for (const [title] of text.matchAll(/^\s*(?:test\()?['"`].*$/gm)) {
      for (const [id] of title.matchAll(/\b[TF]\d\d\b/g)) named.add(id);
    }
  }
  return named;
}

test('each of these attacks has a test that is named for it', async () => {
  const named = await namedInTests();
  assert.deepEqual(
    CASES.filter((id) => !named.has(id)),
    [],
  );
});

test('docs/faults.md says of each fault what is tested, and of which it is not', async () => {
  const named = await namedInTests();
  const text = await readFile(join(TESTS, '../docs/faults.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (F\d\d) \| (.*) \|$/gm)];
  assert.deepEqual(
    rows.map(([, id]) => id),
    FAULTS,
  );
  const untested = rows.filter(([, , row = '']) => row.includes('no test')).map(([, id]) => id);
  assert.deepEqual(
    untested,
    FAULTS.filter((id) => !named.has(id)),
  );
});
