/** The four engines of a store, each opened empty and with a clock of the test's own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';

import { createClient } from '@redis/client';
import { Client } from 'pg';

import { createMemoryStore } from '../../src/store/memory.ts';
import { createPostgresStore } from '../../src/store/postgres.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import { createSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres, withoutPostgres } from './postgres-server.ts';
import { startRedis, withoutRedis } from './redis-server.ts';
import type { OnEnd } from './store-server.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Moves the store's clock to this second; it starts at second 100. */
  readonly setSecond: (second: number) => void;
  /** Opens the same records once more, as a second process does or a later one. */
  readonly openAgain: () => Promise<Store>;
  /** How many records there are, live or not; undefined where nobody but the store can tell. */
  readonly countRecords: () => Promise<number | undefined>;
}

export type OpenStore = (t: TestContext, maxRecords?: number) => Promise<OpenedStore>;

export interface StoreEngine {
  readonly skip: string | false;
  /** Whether the records are there for another process. */
  readonly outlivesProcess: boolean;
  /** Starts what all tests of the engine share, and returns how each opens an empty store. */
  readonly prepare: (onEnd: OnEnd) => Promise<OpenStore>;
}

const FIRST_SECOND = 100;
const MAX_RECORDS = 1_000;
const TIMEOUT_MS = 10_000;

async function opened(
  t: TestContext,
  create: (now: () => number) => Promise<Store> | Store,
  countRecords: OpenedStore['countRecords'],
): Promise<OpenedStore> {
  let second = FIRST_SECOND;
  const openAgain = async (): Promise<Store> => {
    const store = await create(() => second * 1_000);
    t.after(() => store.close());
    return store;
  };
  const store = await openAgain();
  return { store, setSecond: (to) => void (second = to), openAgain, countRecords };
}

export const STORE_ENGINES: Readonly<Record<string, StoreEngine>> = {
  memory: {
    skip: false,
    outlivesProcess: false,
    prepare:
      async () =>
      (t, maxRecords = MAX_RECORDS) =>
        opened(
          t,
          (now) => createMemoryStore({ maxRecords, now }),
          async () => undefined,
        ),
  },

  sqlite: {
    skip: false,
    outlivesProcess: true,
    prepare:
      async () =>
      async (t, maxRecords = MAX_RECORDS) => {
        const folder = await mkdtemp(join(tmpdir(), 'store-'));
        t.after(() => rm(folder, { recursive: true }));
        const path = join(folder, 'store.sqlite');
        return opened(
          t,
          (now) => createSqliteStore({ path, maxRecords, timeoutMs: TIMEOUT_MS, now }),
          async () => {
            using database = new DatabaseSync(path, { readOnly: true });
            return Number(database.prepare('SELECT count(*) AS n FROM record').get()?.['n']);
          },
        );
      },
  },

  redis: {
    skip: withoutRedis,
    outlivesProcess: true,
    prepare: async (onEnd) => {
      const { url, empty } = await startRedis(onEnd);
      return async (t, maxRecords = MAX_RECORDS) => {
        await empty();
        return opened(
          t,
          (now) => createRedisStore({ url, maxRecords, timeoutMs: TIMEOUT_MS, now }),
          async () => {
            const client = createClient({ url });
            await client.connect();
            try {
              return (await client.keys('{certbound}:record:*')).length;
            } finally {
              await client.close();
            }
          },
        );
      };
    },
  },

  postgres: {
    skip: withoutPostgres,
    outlivesProcess: true,
    prepare: async (onEnd) => {
      const { url, empty } = await startPostgres(onEnd);
      return async (t, maxRecords = MAX_RECORDS) => {
        await empty();
        return opened(
          t,
          (now) =>
            createPostgresStore({ url, maxConnections: 8, maxRecords, timeoutMs: TIMEOUT_MS, now }),
          async () => {
            const client = new Client({ connectionString: url });
            await client.connect();
            try {
              const { rows } = await client.query('select count(*) as n from certbound_record');
              return Number((rows[0] as { readonly n: string }).n);
            } finally {
              await client.end();
            }
          },
        );
      };
    },
  },
};
