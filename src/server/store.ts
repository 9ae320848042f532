/** The store that the configuration names. */

import type { Material } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import { StartError } from '../errors.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createPostgresStore } from '../store/postgres.ts';
import { createRedisStore } from '../store/redis.ts';
import { createSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/**
 * Opens the engine. Where tokens are sealed nothing needs to be kept: what is there is empty.
 *
 * @throws StartError when the engine can't be used.
 */
export async function openStore(
  { store }: Config,
  {
    material,
    telemetry,
  }: { readonly material: Material; readonly telemetry: Pick<Telemetry, 'log'> },
): Promise<Store> {
  const shared = {
    maxRecords: store.max_records,
    timeoutMs: store.timeout,
    events: (text: string) => telemetry.log('warn', text),
  };
  const { storeCaPems: caPems } = material;
  if (material.sealingKeys.length > 0) return createMemoryStore({ maxRecords: 1 });
  switch (store.engine) {
    case 'memory':
      return createMemoryStore({ maxRecords: store.max_records });
    case 'sqlite':
      return createSqliteStore({ path: store.path, ...shared });
    case 'redis':
      return createRedisStore({ url: urlOf(store), caPems, ...shared });
    case 'postgres': {
      const maxConnections = store.max_connections;
      return createPostgresStore({ url: urlOf(store), caPems, maxConnections, ...shared });
    }
  }
}

function urlOf({ url }: Config['store']): string {
  if (url !== undefined) return url;
  throw new StartError('store.url is missing');
}
