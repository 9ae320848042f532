import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { StoreError } from '../../src/errors.ts';
import { createWriteQueue } from '../../src/store/sqlite-queue.ts';
import { RESERVE_BYTES } from '../../src/store/sqlite-reserve.ts';
import type { Store } from '../../src/store/store.ts';
import { smallDisk, withoutMount } from '../support/small-disk.ts';
import { LATER, openStore } from './store-file.ts';

const skip = withoutMount;

/** As many as one process has under way at an upstream, unless configured otherwise. */
const UNDER_WAY = 128;
const PROMISED = { ...LATER, promised: true } as const;
/** A binding, in length. */
const VALUE = 'v'.repeat(200);

async function start(t: TestContext) {
  const disk = await smallDisk(t);
  const path = join(disk.folder, 'store.sqlite');
  const told: string[] = [];
  const events = (text: string): void => void told.push(text);
  return {
    disk,
    path,
    told,
    open: (now?: () => number) =>
      openStore(t, path, { events, timeoutMs: 60_000, ...(now && { now }) }),
  };
}

/** Leaves no room, neither on the disk nor in what the store has of it. */
async function fillUp(store: Store, fill: () => void): Promise<void> {
  for (let refusals = 0, count = 0; refusals < 10; count += 1) {
    fill();
    const written = await settled(store.put('fill', `k${count}`, VALUE, LATER));
    refusals = written ? 0 : refusals + 1;
  }
}

/** Until the store is closed. Nearly always somebody then has the lock of a reader. */
async function lookUpTurnAfterTurn(store: Store): Promise<void> {
  try {
    for (;;) {
      for (let count = 0; count < 50; count += 1) await store.get('a', 'k');
      await turn();
    }
  } catch (error) {
    assert.ok(error instanceof StoreError);
  }
}

async function settled(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    assert.ok(error instanceof StoreError && error.reason === 'store_unavailable', String(error));
    return false;
  }
}

test(
  'F07: what was promised before the disk was full is written, whatever else wants its room',
  { skip },
  async (t) => {
    const { disk, path, open } = await start(t);
    const stores = [await open(), await open()];
    const [store, other] = stores as [Store, Store];
    void lookUpTurnAfterTurn(await open());
    await Promise.all(
      Array.from({ length: 2_000 }, (_, i) => store.put('old', `${i}`, VALUE, LATER)),
    );
    for (let count = 0; count < UNDER_WAY; count += 1) await store.promise();
    await fillUp(store, disk.fill);

    for (let count = 0; count < UNDER_WAY; count += 1) {
      disk.fill();
      const by = count % 2 === 0 ? store : other;
      const pair = ['access', 'refresh'].map((kind) =>
        by.put('a', `${kind}${count}`, VALUE, PROMISED),
      );
      assert.deepEqual(await Promise.all(pair), [true, true], `the pair ${count}`);
      disk.fill();
      await settled(store.put('b', `${count}`, VALUE, LATER));
      assert.equal((await other.get('a', `access${count}`))?.value, VALUE);
    }
    disk.fill();
    const burst = Array.from({ length: 1_000 }, (_, i) =>
      store.put('burst', `${i}`, VALUE, PROMISED),
    );
    assert.ok((await Promise.all(burst)).every(Boolean));

    disk.free();
    while (!(await settled(store.promise())));
    assert.equal(await store.put('b', 'k', VALUE, LATER), true);
    await Promise.all(stores.map((each) => each.close()));
    using database = new DatabaseSync(path, { readOnly: true });
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  },
);

test(
  'F09: while there is no room for the reserve nothing is promised, and reading goes on',
  { skip },
  async (t) => {
    const { disk, path, told, open } = await start(t);
    const store = await open();
    await store.put('a', 'k', VALUE, LATER);
    await rm(`${path}-reserve`);
    disk.fill();
    assert.equal(await settled(store.promise()), false);
    assert.equal(await settled(store.ping()), false);
    assert.equal((await store.get('a', 'k'))?.value, VALUE);
    assert.ok(told.includes('the disk is full and the reserve of the store is used up'));
    disk.free();
    while (!(await settled(store.promise())));
    assert.equal((await stat(`${path}-reserve`)).size, RESERVE_BYTES);
    assert.ok(told.includes('the reserve of the store is there again'));
  },
);

test('F09: a store that is opened on a full disk has kept its reserve', { skip }, async (t) => {
  const { disk, open } = await start(t);
  await (await open()).close();
  disk.fill();
  disk.free(65_536);
  const store = await open();
  await fillUp(store, disk.fill);
  assert.equal(await store.put('a', 'k', VALUE, PROMISED), true);
});

test(
  'F09: a store that has filled the disk itself goes on once its records have expired',
  { skip },
  async (t) => {
    const { path, open } = await start(t);
    let second = 100;
    const store = await open(() => second * 1_000);
    const value = 'v'.repeat(2_000);
    const expired = { expiresAt: 200 };
    let count = 0;
    const more = (): Promise<unknown>[] =>
      Array.from({ length: 50 }, () => store.put('a', `k${(count += 1)}`, value, expired));
    while (await settled(Promise.all(more())));
    while (await settled(store.put('a', `k${(count += 1)}`, value, expired)));
    const promised = { ...expired, promised: true };
    assert.equal(await store.put('a', 'promised', value, promised), true);
    second = 200;
    const sweeper = createWriteQueue({ path, maxRecords: 100_000 }, 10_000, () => {});
    t.after(() => sweeper.close());
    while ((await sweeper.submit({ kind: 'sweep' }, second)) === 'more_to_sweep');
    assert.equal(await settled(store.put('b', 'k', value, { expiresAt: 300 })), true);
    await store.promise();
  },
);
