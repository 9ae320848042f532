/**
 * A program that uses a store file, for tests that need a process of their own.
 *
 * `write`: puts records without end, several at once, and prints each key once it is acknowledged.
 * `leave`: puts one record and ends without closing the store.
 */

import { writeSync } from 'node:fs';

import { createSqliteStore } from '../../src/store/sqlite.ts';

const [mode, path = '', prefix = ''] = process.argv.slice(2);
const expiresAt = 4_102_444_800;
const store = await createSqliteStore({ path, maxRecords: 1_000_000, timeoutMs: 10_000 });

if (mode === 'leave') {
  await store.put('child', prefix, 'left', { expiresAt });
  writeSync(1, `${prefix}\n`);
} else {
  await Promise.all(Array.from({ length: 20 }, (_, lane) => writeWithoutEnd(lane)));
}

async function writeWithoutEnd(lane: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const key = `${prefix}-${lane}-${count}`;
    await store.put('child', key, `value of ${key}`, { expiresAt, tags: [`lane ${lane}`] });
    writeSync(1, `${key}\n`);
  }
}
