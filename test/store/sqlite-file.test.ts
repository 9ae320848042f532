import assert from 'node:assert/strict';
import { mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { StartError, StoreError } from '../../src/errors.ts';
import { createSqliteStore } from '../../src/store/sqlite.ts';
import { LATER, openStore, storeFile } from './store-file.ts';

const LIMITS = { maxRecords: 10, timeoutMs: 2_000 } as const;

test('folder and files are for the owner alone', async (t) => {
  const path = await storeFile(t);
  const store = await openStore(t, path);
  await store.put('a', 'k', 'v', LATER);
  const folder = dirname(path);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  const files = await readdir(folder);
  assert.deepEqual(files.toSorted(), [
    'store.sqlite',
    'store.sqlite-reserve',
    'store.sqlite-shm',
    'store.sqlite-wal',
  ]);
  for (const file of files) assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
});

test('a file open to others is closed to them', async (t) => {
  const path = await storeFile(t);
  await mkdir(dirname(path));
  await writeFile(path, '', { mode: 0o644 });
  await openStore(t, path);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('refuses a file of a later schema and leaves it as it is', async (t) => {
  const path = await storeFile(t);
  await (await openStore(t, path)).close();
  withDatabase(path, (database) => database.exec('PRAGMA user_version = 2'));
  await assert.rejects(createSqliteStore({ path, ...LIMITS }), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(
      error.publicText,
      /later version of certbound \(schema 2; this one knows up to 1\)/,
    );
    return true;
  });
  withDatabase(path, (database) => {
    assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 2);
  });
});

test("refuses another program's database", async (t) => {
  const path = await storeFile(t);
  await mkdir(dirname(path));
  withDatabase(path, (database) => database.exec('CREATE TABLE theirs (x)'));
  await assert.rejects(createSqliteStore({ path, ...LIMITS }), isStartError(/another program/));
});

test('refuses what is no database, and what is no file, naming it', async (t) => {
  const path = await storeFile(t);
  await mkdir(dirname(path));
  await writeFile(path, 'not a database '.repeat(100));
  await assert.rejects(createSqliteStore({ path, ...LIMITS }), isStartError(/store\.sqlite/));
  const folder = dirname(path);
  await assert.rejects(createSqliteStore({ path: folder, ...LIMITS }), isStartError(/data/));
});

test('a ping fails once the file was removed', async (t) => {
  const path = await storeFile(t);
  const store = await openStore(t, path);
  await store.ping();
  await unlink(path);
  await assert.rejects(store.ping(), (error) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /removed or replaced/);
    return true;
  });
});

test('two stores on one file see each other, and one alone wins a key', async (t) => {
  const path = await storeFile(t);
  const stores = await Promise.all([openStore(t, path), openStore(t, path)]);
  const [first, second] = stores;
  await first.put('a', 'k', 'v', LATER);
  assert.equal((await second.get('a', 'k'))?.value, 'v');

  const options = { ...LATER, onlyIf: 'absent' } as const;
  for (let round = 0; round < 20; round += 1) {
    const won = await Promise.all(
      stores.map((store) => store.put('race', `${round}`, 'v', options)),
    );
    assert.equal(won.filter(Boolean).length, 1);
  }
});

test('expired rows leave the file with later writes', async (t) => {
  const path = await storeFile(t);
  let second = 100;
  const store = await openStore(t, path, { now: () => second * 1_000 });
  const names = Array.from({ length: 300 }, (_, index) => `k${index}`);
  await Promise.all(
    names.map((name) => store.put('a', name, 'v', { expiresAt: 200, tags: ['t'] })),
  );
  second = 200;
  await store.put('a', 'one', 'v', { expiresAt: 300 });
  await store.put('a', 'two', 'v', { expiresAt: 300 });
  await store.close();
  withDatabase(path, (database) => {
    assert.equal(database.prepare('SELECT count(*) AS n FROM record').get()?.['n'], 2);
    assert.equal(database.prepare('SELECT count(*) AS n FROM tag').get()?.['n'], 0);
    assert.equal(database.prepare('SELECT rows AS n FROM meta').get()?.['n'], 2);
  });
});

function withDatabase(path: string, use: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path);
  try {
    use(database);
  } finally {
    database.close();
  }
}

function isStartError(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StartError && text.test(error.publicText);
}
