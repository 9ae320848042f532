import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { StoreError } from '../../src/errors.ts';
import { LATER, openStore, storeFile } from './store-file.ts';
import type { TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';

test('F05: a write ends at the time limit while another process holds the file', async (t) => {
  const path = await storeFile(t);
  const store = await openStore(t, path, { timeoutMs: 100 });
  await store.put('a', 'k', 'v', LATER);
  const other = secondConnection(t, path);
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(store.put('a', 'k', 'w', LATER), isUnavailable);
  assert.equal((await store.get('a', 'k'))?.value, 'v', 'reading goes on');
  other.exec('ROLLBACK');
  await eventually(() => store.put('a', 'k', 'x', LATER));
  assert.equal((await store.get('a', 'k'))?.value, 'x');
});

test('refuses more writes than its queue holds, at once', async (t) => {
  const path = await storeFile(t);
  const store = await openStore(t, path);
  const other = secondConnection(t, path);
  other.exec('BEGIN IMMEDIATE');
  const waiting = Array.from({ length: 10_000 }, (_, i) => store.put('a', `k${i}`, 'v', LATER));
  const settled = Promise.allSettled(waiting);
  await assert.rejects(store.put('a', 'one more', 'v', LATER), /10000 operations wait/);
  other.exec('ROLLBACK');
  assert.ok((await settled).every(({ status }) => status === 'fulfilled'));
  assert.equal(await store.put('a', 'one more', 'v', LATER), true);
});

test('a broken database fails the writes at hand, and the next write starts anew', async (t) => {
  const path = await storeFile(t);
  const told: string[] = [];
  const store = await openStore(t, path, { events: (text) => void told.push(text) });
  await store.put('a', 'k', 'v', LATER);
  const other = secondConnection(t, path);
  other.exec('ALTER TABLE record RENAME TO away');
  const results = await Promise.allSettled([
    store.put('a', 'one', 'v', LATER),
    store.delete('a', 'k'),
    store.ping(),
  ]);
  for (const result of results) {
    assert.equal(result.status, 'rejected');
    assert.ok(isUnavailable(result.reason));
  }
  await assert.rejects(async () => store.get('a', 'k'), isUnavailable);
  other.exec('ALTER TABLE away RENAME TO record');

  await eventually(() => store.put('a', 'two', 'v', LATER));
  assert.equal((await store.get('a', 'k'))?.value, 'v');
  assert.equal(await store.get('a', 'one'), undefined);
  await store.ping();
  assert.ok(told.some((text) => text.includes('no such table')));
  assert.ok(told.some((text) => text.includes('the next write starts it again')));
});

test('a writer that fails again and again is started after growing pauses only', async (t) => {
  const path = await storeFile(t);
  const told: string[] = [];
  const store = await openStore(t, path, { events: (text) => void told.push(text) });
  const other = secondConnection(t, path);
  other.exec('ALTER TABLE record RENAME TO away');
  for (let count = 0; count < 200; count += 1) {
    await assert.rejects(store.put('a', 'k', 'v', LATER), isUnavailable);
  }
  const starts = told.filter((text) => text.includes('the writer of the store ended')).length;
  assert.ok(starts < 20, `${starts} starts for 200 writes`);
});

function secondConnection(t: TestContext, path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2_000 });
  t.after(() => database.close());
  return database;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof StoreError && error.reason === 'store_unavailable';
}
