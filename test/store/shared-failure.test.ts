import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from 'pg';

import { StartError, StoreError } from '../../src/errors.ts';
import { createPostgresStore } from '../../src/store/postgres.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import type { Store } from '../../src/store/store.ts';
import { freePort } from '../support/free-port.ts';
import { startPostgres, withoutPostgres } from '../support/postgres-server.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';
import type { TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';

interface Settings {
  readonly timeoutMs: number;
  readonly events?: (text: string) => void;
}

const LATER = { expiresAt: Math.ceil(Date.now() / 1_000) + 3_600 } as const;

const ENGINES = {
  redis: {
    skip: withoutRedis,
    start: (t: TestContext) => startRedis((clean) => t.after(clean)),
    open: (url: string, settings: Settings) =>
      createRedisStore({ url, maxRecords: 10_000, ...settings }),
    scheme: 'redis',
  },
  postgres: {
    skip: withoutPostgres,
    start: (t: TestContext) => startPostgres((clean) => t.after(clean)),
    open: (url: string, settings: Settings) =>
      createPostgresStore({ url, maxConnections: 4, maxRecords: 10_000, ...settings }),
    scheme: 'postgres',
  },
} as const;

for (const [engine, { skip, start, open, scheme }] of Object.entries(ENGINES)) {
  test(
    `F04: ${engine} is killed under load: nothing acknowledged is lost, and it is used again when it is back`,
    { skip },
    async (t) => {
      const server = await start(t);
      const store = await opened(t, open(server.url, { timeoutMs: 2_000 }));
      const names = Array.from({ length: 2_000 }, (_, index) => `k${index}`);
      const writes = names.map((name) => store.put('a', name, 'v', LATER));
      await Promise.race(writes);
      await server.kill();
      const outcomes = await Promise.allSettled(writes);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(isUnavailable(outcome.reason));
      }
      await assert.rejects(store.put('a', 'new', 'v', LATER), isUnavailable);
      await assert.rejects(async () => store.get('a', 'k0'), isUnavailable);
      await assert.rejects(store.ping(), isUnavailable);

      await server.start();
      await eventually(() => store.ping());
      const acknowledged = names.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      assert.ok(acknowledged.length > 0);
      for (const name of acknowledged) assert.equal((await store.get('a', name))?.value, 'v', name);
    },
  );

  test(
    `F05: a ${engine} that hangs ends each wait at the time limit, and is used again when it goes on`,
    { skip },
    async (t) => {
      const server = await start(t);
      // Long enough to connect in.
      const store = await opened(t, open(server.url, { timeoutMs: 2_000 }));
      await store.put('a', 'k', 'v', LATER);
      server.freeze();
      const read = async () => store.get('a', 'k');
      const calls = [read(), store.put('a', 'k', 'w', LATER), store.ping()];
      for (const call of await Promise.allSettled(calls)) {
        assert.equal(call.status, 'rejected');
        assert.ok(isUnavailable(call.reason));
      }
      server.thaw();
      await eventually(() => store.ping());
      assert.notEqual(await store.get('a', 'k'), undefined);
    },
  );

  test(`F08: of many writers at two replicas over one ${engine}, one wins`, { skip }, async (t) => {
    const server = await start(t);
    const settings = { timeoutMs: 10_000 };
    const one = await opened(t, open(server.url, settings));
    const two = await opened(t, open(server.url, settings));
    await one.put('a', 'k', 'first', LATER);
    const version = (await two.get('a', 'k'))?.version ?? Number.NaN;
    const over = { ...LATER, onlyIf: version };
    const stores = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? one : two));
    const won = await Promise.all(
      stores.map((store, index) => store.put('a', 'k', String(index), over)),
    );
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal((await one.get('a', 'k'))?.value, String(won.indexOf(true)));
  });

  test(`does not start without ${engine}, and says what it could not reach`, { skip }, async () => {
    const url = `${scheme}://127.0.0.1:${await freePort()}`;
    await assert.rejects(open(url, { timeoutMs: 2_000 }), isStartError(/ECONNREFUSED/));
  });
}

test('refuses a Redis that evicts records', { skip: withoutRedis }, async (t) => {
  const evicting = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'];
  const { url } = await startRedis((clean) => t.after(clean), evicting);
  await assert.rejects(
    createRedisStore({ url, maxRecords: 10, timeoutMs: 2_000 }),
    isStartError(/noeviction/),
  );
});

test('warns of a Redis that forgets when it restarts', { skip: withoutRedis }, async (t) => {
  const { url } = await startRedis((clean) => t.after(clean), ['--appendonly', 'no']);
  const told: string[] = [];
  const events = (text: string): void => void told.push(text);
  await opened(t, createRedisStore({ url, maxRecords: 10, timeoutMs: 2_000, events }));
  assert.match(told.join(), /no append-only file/);
});

test(
  'a Redis without memory is a full store that still reads',
  { skip: withoutRedis },
  async (t) => {
    const { url } = await startRedis((clean) => t.after(clean), ['--maxmemory', '2mb']);
    const store = await opened(t, createRedisStore({ url, maxRecords: 1e6, timeoutMs: 5_000 }));
    const big = 'v'.repeat(60_000);
    let written = 0;
    const writeOn = async (): Promise<void> => {
      for (; written < 100; written += 1) await store.put('a', `k${written}`, big, LATER);
    };
    await assert.rejects(
      writeOn(),
      (error) => isStoreError(error) && error.reason === 'store_full',
    );
    assert.ok(written > 0);
    assert.equal((await store.get('a', 'k0'))?.value, big);
  },
);

test('refuses tables in PostgreSQL of a later version', { skip: withoutPostgres }, async (t) => {
  const { url } = await startPostgres((clean) => t.after(clean));
  const options = { url, maxConnections: 2, maxRecords: 10, timeoutMs: 2_000 };
  await (await createPostgresStore(options)).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('update certbound_schema set version = 99');
  await client.end();
  await assert.rejects(createPostgresStore(options), isStartError(/version 99/));
});

async function opened(t: TestContext, opening: Promise<Store>): Promise<Store> {
  const store = await opening;
  t.after(() => store.close());
  return store;
}

function isStoreError(error: unknown): error is StoreError {
  return error instanceof StoreError;
}

function isUnavailable(error: unknown): boolean {
  return isStoreError(error) && error.reason === 'store_unavailable';
}

function isStartError(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StartError && text.test(error.message);
}
