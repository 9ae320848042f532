/** The stores that two processes can share, each as the YAML of the store section. */

import { startPostgres, withoutPostgres } from '../support/postgres-server.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';
import type { OnEnd } from '../support/store-server.ts';

interface SharedStore {
  readonly engine: string;
  readonly skip: string | false;
  readonly prepare: (onEnd: OnEnd) => Promise<string>;
}

export const SHARED_STORES: readonly SharedStore[] = [
  { engine: 'one SQLite file', skip: false, prepare: async () => 'path: data/store.sqlite' },
  {
    engine: 'Redis',
    skip: withoutRedis,
    prepare: async (onEnd) => `engine: redis, url: '${(await startRedis(onEnd)).url}'`,
  },
  {
    engine: 'PostgreSQL',
    skip: withoutPostgres,
    prepare: async (onEnd) => `engine: postgres, url: '${(await startPostgres(onEnd)).url}'`,
  },
];
