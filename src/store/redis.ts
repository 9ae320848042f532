/** The engine that replicas share through Redis. */

import { StoreError } from '../errors.ts';
import { checkNames, checkRecord } from './record-rules.ts';
import { openRedisConnection } from './redis-connection.ts';
import {
  DELETE,
  DELETE_BY_TAG,
  FIND_BY_TAG,
  PROBE,
  PROMISE,
  PUT,
  RECORD_PREFIX,
  SWEEP,
} from './redis-scripts.ts';
import type { Store } from './store.ts';

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with credentials where the server wants them. */
  readonly url: string;
  /** CAs of the server's certificate; empty: the public roots. */
  readonly caPems?: readonly string[];
  /** Live records held at once, by all replicas together. */
  readonly maxRecords: number;
  /** Longest wait for one operation, in milliseconds. */
  readonly timeoutMs: number;
  /** Told, as text for the log, what happens without a caller. */
  readonly events?: (text: string) => void;
  /** Milliseconds since the epoch; the system clock unless given. Replicas must agree on it. */
  readonly now?: () => number;
}

/** How often expired records are removed when nothing is written; each write removes some too. */
const SWEEP_INTERVAL_MS = 10_000;
const SWEEP_AT_ONCE = 500;

/**
 * Opens the store. A resolved write is as durable as the append-only file of the server: with
 * `appendfsync always` it survives power loss, with `everysec` all but the last second does.
 *
 * Its methods reject with StoreError: `store_full` when `maxRecords` live records are held and the
 * key is new, `store_unavailable` for everything else.
 *
 * @throws StartError when Redis can't be reached or evicts records.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { url, caPems = [], maxRecords, timeoutMs, events = () => {}, now = Date.now } = options;
  const connection = await openRedisConnection({ url, caPems, timeoutMs }, events);
  let closing: Promise<void> | undefined;

  const seconds = (): number => Math.floor(now() / 1_000);

  /** Goes on until a step finds less than its share. A server that is down sweeps later. */
  async function sweep(): Promise<void> {
    let removed: unknown = SWEEP_AT_ONCE;
    while (removed === SWEEP_AT_ONCE && closing === undefined) {
      removed = await connection
        .run(SWEEP, [String(seconds()), String(SWEEP_AT_ONCE)])
        .catch(() => 0);
    }
  }
  const sweeper = setInterval(() => void sweep(), SWEEP_INTERVAL_MS);
  sweeper.unref();

  return {
    async get(space, key) {
      checkNames(space, key);
      const fields = ['value', 'expiry', 'version'] as const;
      const [value, expiry, version] = await connection.fields(
        `${RECORD_PREFIX}${name(space, key)}`,
        fields,
      );
      if (typeof value !== 'string' || !expiry || !version) return undefined;
      const expiresAt = Number(expiry);
      return expiresAt > seconds() ? { value, expiresAt, version: Number(version) } : undefined;
    },

    async put(space, key, value, recordOptions) {
      checkRecord(space, key, value, recordOptions);
      const { expiresAt, onlyIf = 'any', tags = [], promised = false } = recordOptions;
      const names = [...new Set(tags)].map((tag) => name(space, tag));
      const result = await connection.run(PUT, [
        String(seconds()),
        name(space, key),
        key,
        value,
        String(expiresAt),
        String(onlyIf),
        String(promised ? Number.MAX_SAFE_INTEGER : maxRecords),
        JSON.stringify(names),
      ]);
      if (result === -1) throw new StoreError('store_full', `${maxRecords} live records`);
      return result === 1;
    },

    async delete(space, key) {
      checkNames(space, key);
      await connection.run(DELETE, [name(space, key)]);
    },

    async findByTag(space, tag) {
      checkNames(space, tag);
      const keys = await connection.run(FIND_BY_TAG, [String(seconds()), name(space, tag)]);
      if (Array.isArray(keys)) return keys.map(String);
      throw new StoreError('store_unavailable', 'Redis answered something else than keys');
    },

    async deleteByTag(space, tag) {
      checkNames(space, tag);
      await connection.run(DELETE_BY_TAG, [name(space, tag)]);
    },

    async ping() {
      await connection.run(PROBE, []);
    },

    async promise() {
      const result = await connection.run(PROMISE, [String(seconds()), String(maxRecords)]);
      if (result === -1) throw new StoreError('store_full', `${maxRecords} live records`);
    },

    close() {
      clearInterval(sweeper);
      closing ??= connection.close();
      return closing;
    },
  };
}

/** One name for two; the length keeps ("a", "bc") and ("ab", "c") apart. */
function name(space: string, key: string): string {
  return `${space.length}:${space}${key}`;
}
