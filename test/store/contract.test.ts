import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';

import { StoreError } from '../../src/errors.ts';
import { STORE_ENGINES } from '../support/store-engines.ts';
import type { OpenStore } from '../support/store-engines.ts';

const UNTIL_200 = { expiresAt: 200 } as const;

for (const [engine, { skip, prepare }] of Object.entries(STORE_ENGINES)) {
  suite(`the ${engine} store`, { skip }, () => {
    let open: OpenStore;
    const shared = new AsyncDisposableStack();
    before(async () => {
      open = await prepare((clean) => shared.defer(clean));
    });
    after(() => shared.disposeAsync());

    test('gives back what was put, exactly', async (t) => {
      const { store } = await open(t);
      const value = 'é 😀 "quoted" \u0000 after a null\n';
      assert.equal(await store.put('a', 'k', value, { expiresAt: 4_102_444_800 }), true);
      const record = await store.get('a', 'k');
      assert.equal(record?.value, value);
      assert.equal(record.expiresAt, 4_102_444_800);
      assert.equal(await store.get('a', 'other'), undefined);
    });

    test('keeps spaces apart', async (t) => {
      const { store } = await open(t);
      await store.put('a', 'bc', 'first', { ...UNTIL_200, tags: ['t'] });
      await store.put('ab', 'c', 'second', { ...UNTIL_200, tags: ['t'] });
      assert.equal((await store.get('a', 'bc'))?.value, 'first');
      assert.equal(await store.get('a', 'c'), undefined);
      await store.deleteByTag('a', 't');
      assert.equal(await store.get('a', 'bc'), undefined);
      assert.equal((await store.get('ab', 'c'))?.value, 'second');
    });

    test('shows a record until its expiry second and not in it', async (t) => {
      const { store, setSecond } = await open(t);
      await store.put('a', 'k', 'v', { ...UNTIL_200, tags: ['t'] });
      setSecond(199);
      assert.notEqual(await store.get('a', 'k'), undefined);
      assert.deepEqual(await store.findByTag('a', 't'), ['k']);
      setSecond(200);
      assert.equal(await store.get('a', 'k'), undefined);
      assert.deepEqual(await store.findByTag('a', 't'), []);
    });

    test('takes a record that is expired already and never shows it', async (t) => {
      const { store } = await open(t);
      assert.equal(await store.put('a', 'k', 'v', { expiresAt: 100 }), true);
      assert.equal(await store.get('a', 'k'), undefined);
    });

    test('a later put replaces value, expiry and tags', async (t) => {
      const { store } = await open(t);
      await store.put('a', 'k', 'one', { ...UNTIL_200, tags: ['old', 'both'] });
      await store.put('a', 'k', 'two', { expiresAt: 300, tags: ['new', 'both', 'both'] });
      const record = await store.get('a', 'k');
      assert.equal(record?.value, 'two');
      assert.equal(record.expiresAt, 300);
      assert.deepEqual(await store.findByTag('a', 'old'), []);
      assert.deepEqual(await store.findByTag('a', 'new'), ['k']);
      assert.deepEqual(await store.findByTag('a', 'both'), ['k']);
    });

    test('versions grow, also over a deletion and an expiry', async (t) => {
      const { store, setSecond } = await open(t);
      const versions: number[] = [];
      const putAndSee = async (expiresAt: number): Promise<void> => {
        await store.put('a', 'k', 'v', { expiresAt });
        versions.push((await store.get('a', 'k'))?.version ?? Number.NaN);
      };
      await putAndSee(200);
      await putAndSee(200);
      await store.delete('a', 'k');
      await putAndSee(200);
      setSecond(250);
      await putAndSee(300);
      assert.deepEqual(
        versions,
        [...new Set(versions)].toSorted((a, b) => a - b),
      );
    });

    test('writes only where no live record stands', async (t) => {
      const { store, setSecond } = await open(t);
      const absent = { ...UNTIL_200, onlyIf: 'absent' } as const;
      assert.equal(await store.put('a', 'k', 'one', absent), true);
      assert.equal(await store.put('a', 'k', 'two', absent), false);
      assert.equal((await store.get('a', 'k'))?.value, 'one');
      setSecond(200);
      assert.equal(await store.put('a', 'k', 'three', { ...absent, expiresAt: 300 }), true);
      assert.equal((await store.get('a', 'k'))?.value, 'three');
    });

    test('writes only over the version that was seen', async (t) => {
      const { store, setSecond } = await open(t);
      await store.put('a', 'k', 'one', UNTIL_200);
      const seen = (await store.get('a', 'k'))?.version ?? Number.NaN;
      assert.equal(await store.put('a', 'k', 'two', { ...UNTIL_200, onlyIf: seen }), true);
      assert.equal(await store.put('a', 'k', 'three', { ...UNTIL_200, onlyIf: seen }), false);
      assert.equal(await store.put('a', 'new', 'x', { ...UNTIL_200, onlyIf: 1 }), false);
      assert.equal((await store.get('a', 'k'))?.value, 'two');
      const last = (await store.get('a', 'k'))?.version ?? Number.NaN;
      setSecond(200);
      const late = { expiresAt: 300, onlyIf: last } as const;
      assert.equal(await store.put('a', 'k', 'four', late), false);
    });

    test('of many who write where nothing stands, one wins', async (t) => {
      const { store } = await open(t);
      const options = { ...UNTIL_200, onlyIf: 'absent' } as const;
      const names = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
      const won = await Promise.all(names.map((name) => store.put('a', 'k', name, options)));
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await store.get('a', 'k'))?.value, names[won.indexOf(true)]);
    });

    test('deletes, and deletes what is not there', async (t) => {
      const { store } = await open(t);
      await store.put('a', 'k', 'v', { ...UNTIL_200, tags: ['t'] });
      await store.delete('a', 'k');
      await store.delete('a', 'k');
      assert.equal(await store.get('a', 'k'), undefined);
      assert.deepEqual(await store.findByTag('a', 't'), []);
    });

    test('finds and deletes by tag', async (t) => {
      const { store } = await open(t);
      await store.put('a', 'one', 'v', { ...UNTIL_200, tags: ['t', 'u'] });
      await store.put('a', 'two', 'v', { ...UNTIL_200, tags: ['t'] });
      await store.put('a', 'three', 'v', { ...UNTIL_200, tags: ['u'] });
      assert.deepEqual((await store.findByTag('a', 't')).toSorted(), ['one', 'two']);
      await store.deleteByTag('a', 't');
      await store.deleteByTag('a', 'unused');
      assert.deepEqual(await store.findByTag('a', 't'), []);
      assert.deepEqual(await store.findByTag('a', 'u'), ['three']);
      assert.equal(await store.get('a', 'one'), undefined);
    });

    test('a full store refuses a new key and keeps every live record', async (t) => {
      const { store } = await open(t, 2);
      await store.put('a', 'one', 'v', UNTIL_200);
      await store.put('a', 'two', 'v', UNTIL_200);
      await assert.rejects(store.put('b', 'three', 'v', UNTIL_200), isStoreError('store_full'));
      assert.equal(await store.put('a', 'one', 'again', UNTIL_200), true);
      assert.equal((await store.get('a', 'two'))?.value, 'v');
      await store.delete('a', 'two');
      assert.equal(await store.put('b', 'three', 'v', UNTIL_200), true);
    });

    test('a full store promises nothing, and takes what it has promised', async (t) => {
      const { store, setSecond } = await open(t, 2);
      await store.put('a', 'one', 'v', UNTIL_200);
      await store.promise();
      await store.put('a', 'two', 'v', UNTIL_200);
      await assert.rejects(store.promise(), isStoreError('store_full'));
      await store.ping();
      const promised = { expiresAt: 300, promised: true };
      assert.equal(await store.put('b', 'three', 'v', promised), true);
      assert.equal((await store.get('b', 'three'))?.value, 'v');
      await assert.rejects(store.put('b', 'four', 'v', UNTIL_200), isStoreError('store_full'));
      setSecond(200);
      await store.promise();
    });

    test('expired records make room', async (t) => {
      const { store, setSecond } = await open(t, 500);
      const names = Array.from({ length: 500 }, (_, index) => `k${index}`);
      await Promise.all(names.map((name) => store.put('a', name, 'v', UNTIL_200)));
      setSecond(200);
      await Promise.all(names.map((name) => store.put('b', name, 'v', { expiresAt: 300 })));
      await assert.rejects(
        store.put('b', 'one more', 'v', { expiresAt: 300 }),
        isStoreError('store_full'),
      );
      assert.equal((await store.get('b', 'k499'))?.value, 'v');
    });

    test('refuses records that break a bound, and only those', async (t) => {
      const { store } = await open(t);
      const broken: readonly [string, string, string, { expiresAt: number; tags?: string[] }][] = [
        ['', 'k', 'v', UNTIL_200],
        ['a', '', 'v', UNTIL_200],
        ['a', 'k'.repeat(513), 'v', UNTIL_200],
        ['a', 'lone \ud800 surrogate', 'v', UNTIL_200],
        ['a', 'k', 'v'.repeat(65_537), UNTIL_200],
        ['a', 'k', 'lone \ud800 surrogate', UNTIL_200],
        ['a', 'k', 'v', { expiresAt: 1.5 }],
        ['a', 'k', 'v', { expiresAt: Number.NaN }],
        ['a', 'k', 'v', { expiresAt: -1 }],
        ['a', 'k', 'v', { ...UNTIL_200, tags: Array.from({ length: 17 }, (_, i) => `t${i}`) }],
      ];
      const results = await Promise.allSettled([
        ...broken.map((record) => store.put(...record)),
        store.put('a', 'good', 'v', UNTIL_200),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        [...broken.map(() => 'rejected'), 'fulfilled'],
      );
    });

    test('answers a ping until it is closed, then refuses everything', async (t) => {
      const { store } = await open(t);
      await store.ping();
      await store.close();
      await store.close();
      const calls = [
        store.ping(),
        (async () => store.get('a', 'k'))(),
        store.put('a', 'k', 'v', UNTIL_200),
        store.delete('a', 'k'),
        store.findByTag('a', 't'),
        store.deleteByTag('a', 't'),
      ];
      for (const call of await Promise.allSettled(calls)) {
        assert.equal(call.status, 'rejected');
        assert.ok(isStoreError('store_unavailable')(call.reason));
      }
    });
  });
}

function isStoreError(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.reason === reason;
}
