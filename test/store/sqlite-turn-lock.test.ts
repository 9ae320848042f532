import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { createReader } from '../../src/store/sqlite-reader.ts';
import { createTurnLock } from '../../src/store/sqlite-turn-lock.ts';
import { LATER, openStore, storeFile } from './store-file.ts';

/** A moment at which locks are kept, and one at which nobody keeps one. */
const BUSY = 150;
const REST = 200;

async function open(t: TestContext, now: () => number) {
  const path = await storeFile(t);
  await mkdir(dirname(path));
  const connect = (options = {}): DatabaseSync => {
    const database = new DatabaseSync(path, options);
    t.after(() => database.close());
    return database;
  };
  const writer = connect();
  writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE meta (rows); INSERT INTO meta VALUES (1)');
  const locking = connect({ readOnly: true });
  const lock = createTurnLock(locking, now);
  t.after(lock.release);
  return {
    lock,
    /** Returns whether it was made by the connection of the lock. */
    lookUp: () => {
      const takesLock = lock.take();
      if (takesLock) locking.prepare('SELECT rows FROM meta').get();
      return takesLock;
    },
    /** Whether nobody keeps the log from being folded back and cut off. */
    isFree: () => writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0,
    write: () => writer.exec('UPDATE meta SET rows = rows + 1'),
  };
}

test('the first look-up of a turn takes the lock, and the end of the turn gives it back', async (t) => {
  const { lookUp, isFree, write } = await open(t, () => BUSY);
  for (let count = 0; count < 3; count += 1) {
    await turn();
    write();
    assert.equal(isFree(), true);
    write();
    assert.deepEqual([lookUp(), lookUp(), lookUp()], [true, false, false]);
    assert.equal(isFree(), false);
    await turn();
    assert.equal(isFree(), true);
  }
});

test('in a part of every period nobody keeps the lock, so that the log can begin anew', async (t) => {
  let now = REST;
  const { lookUp, isFree, write } = await open(t, () => now);
  write();
  assert.deepEqual([lookUp(), lookUp()], [false, false]);
  assert.equal(isFree(), true);
  await turn();
  now += BUSY;
  write();
  assert.deepEqual([lookUp(), lookUp()], [true, false]);
  assert.equal(isFree(), false);
});

test('the lock can be given back at any time, and taken again in the same turn', async (t) => {
  const { lock, lookUp, isFree, write } = await open(t, () => BUSY);
  write();
  lock.release();
  for (let count = 0; count < 2; count += 1) {
    assert.deepEqual([lookUp(), lookUp()], [true, false]);
    assert.equal(isFree(), false);
    lock.release();
    assert.equal(isFree(), true);
    write();
  }
  lookUp();
  await turn();
  assert.equal(isFree(), true);
});

test('all look-ups of a turn see what is committed at their own moment', async (t) => {
  const path = await storeFile(t);
  const store = await openStore(t, path, { now: () => BUSY });
  await store.put('a', 'k', 'v', LATER);
  using other = new DatabaseSync(path);
  const write = other.prepare('UPDATE record SET value = ?');
  for (let count = 0; count < 5; count += 1) {
    write.run(`v${count}`);
    // None of them waits for anything: all are of one turn.
    for (let again = 0; again < 3; again += 1) {
      assert.equal((await store.get('a', 'k'))?.value, `v${count}`);
    }
    write.run('other');
    assert.equal((await store.get('a', 'k'))?.value, 'other');
  }
});

test('while a write is under way no lock is kept, and one that is closed has none', async (t) => {
  const path = await storeFile(t);
  await (await openStore(t, path)).put('a', 'k', 'v', LATER);
  using other = new DatabaseSync(path);
  const isFree = (): boolean =>
    other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
  const reader = createReader(path, 10_000, () => BUSY);
  const lookUp = (): void => {
    for (let count = 0; count < 3; count += 1) reader.get('a', 'k', 0);
  };
  other.exec('UPDATE record SET value = 1');
  lookUp();
  await reader.giveWay(async () => {
    assert.equal(isFree(), true);
    other.exec('UPDATE record SET value = 2');
    lookUp();
    assert.equal(isFree(), true);
  });
  other.exec('UPDATE record SET value = 3');
  lookUp();
  assert.equal(isFree(), false);
  reader.close();
  assert.equal(isFree(), true);
});
