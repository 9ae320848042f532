/** The engine that replicas share through PostgreSQL. */

import { StartError, StoreError } from '../errors.ts';
import { durabilityNotices, prepareSchema } from './postgres-schema.ts';
import { createStatements } from './postgres-statements.ts';
import type { NewRecord } from './postgres-statements.ts';
import { createRecordRoom } from './record-room.ts';
import { checkNames, checkRecord } from './record-rules.ts';
import type { PutOptions, Store } from './store.ts';
import { describe, withinTimeLimit } from './time-limit.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** CAs of the server's certificate, which is then demanded and verified; empty: as the URL says. */
  readonly caPems?: readonly string[];
  readonly maxConnections: number;
  /** Live records held at once, by all replicas together, give or take what they write in seconds. */
  readonly maxRecords: number;
  /** Longest wait for one operation, in milliseconds. */
  readonly timeoutMs: number;
  /** Told, as text for the log, what happens without a caller. */
  readonly events?: (text: string) => void;
  /** Milliseconds since the epoch; the system clock unless given. Replicas must agree on it. */
  readonly now?: () => number;
}

/** How often expired records are removed and all are counted. */
const SWEEP_INTERVAL_MS = 10_000;
const SWEEP_AT_ONCE = 1_000;

/**
 * Opens the store, making its tables where they are missing. A resolved write is as durable as the
 * server's commits; as PostgreSQL comes, it survives power loss.
 *
 * Its methods reject with StoreError: `store_full` when `maxRecords` live records are held and the
 * key is new, `store_unavailable` for everything else.
 *
 * @throws StartError when PostgreSQL can't be used.
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { maxRecords, timeoutMs, events = () => {}, now = Date.now } = options;
  const pool = await openPool(options);
  try {
    await prepareSchema(pool);
    for (const text of await durabilityNotices(pool)) events(text);
  } catch (error) {
    await pool.end();
    throw error;
  }
  let told = '';
  pool.on('error', (error) => {
    // Every idle connection tells the same when the server goes.
    const text = `a connection to PostgreSQL failed: ${describe(error)}`;
    if (text !== told) events(text);
    told = text;
  });
  const statements = createStatements(pool, timeoutMs);
  const seconds = (): number => Math.floor(now() / 1_000);
  const room = createRecordRoom(maxRecords, async () => {
    let removed = SWEEP_AT_ONCE;
    while (removed === SWEEP_AT_ONCE) removed = await statements.sweep(seconds(), SWEEP_AT_ONCE);
    return statements.count();
  });
  // A server that is down is swept later.
  const sweeper = setInterval(() => void room.recount().catch(() => {}), SWEEP_INTERVAL_MS);
  sweeper.unref();
  let closing: Promise<void> | undefined;

  /** A full store still takes what makes no new record. */
  async function replace(record: NewRecord, recordOptions: PutOptions): Promise<boolean> {
    const standing = await statements.get(record.space, record.key, seconds());
    if (standing === undefined) throw new StoreError('store_full', `${maxRecords} live records`);
    if (recordOptions.onlyIf === 'absent') return false;
    const over = { ...recordOptions, onlyIf: standing.version };
    const result = await statements.put(record, over, seconds());
    if (result === 'replaced') return true;
    throw new StoreError('store_unavailable', 'a record changed while it was replaced');
  }

  return {
    async get(space, key) {
      checkNames(space, key);
      return statements.get(space, key, seconds());
    },

    async put(space, key, value, recordOptions) {
      checkRecord(space, key, value, recordOptions);
      const record = { space, key, value };
      const { onlyIf, promised = false } = recordOptions;
      const needsRoom = typeof onlyIf !== 'number' && !promised;
      if (needsRoom && !(await room.hasRoom())) return replace(record, recordOptions);
      const result = await statements.put(record, recordOptions, seconds());
      if (result === 'inserted') room.changed(1);
      return result !== 'refused';
    },

    async delete(space, key) {
      checkNames(space, key);
      room.changed(-(await statements.delete(space, key)));
    },

    async findByTag(space, tag) {
      checkNames(space, tag);
      return statements.findByTag(space, tag, seconds());
    },

    async deleteByTag(space, tag) {
      checkNames(space, tag);
      room.changed(-(await statements.deleteByTag(space, tag)));
    },

    ping: () => statements.probe(),

    async promise() {
      if (!(await room.hasRoom())) throw new StoreError('store_full', `${maxRecords} live records`);
      await statements.probe();
    },

    close() {
      clearInterval(sweeper);
      closing ??= withinTimeLimit(pool.end(), timeoutMs).catch(() => {});
      return closing;
    },
  };
}

/**
 * Asks the server whether it can be used, and makes nothing there. Returns what an operator should
 * know of it.
 *
 * @throws StartError when it can't be reached.
 */
export async function probePostgres(
  options: Pick<PostgresStoreOptions, 'url' | 'caPems' | 'timeoutMs'>,
): Promise<readonly string[]> {
  const pool = await openPool({ ...options, maxConnections: 1 });
  // Of a connection that breaks once the answers are there.
  pool.on('error', () => {});
  try {
    return await durabilityNotices(pool);
  } finally {
    await withinTimeLimit(pool.end(), options.timeoutMs).catch(() => {});
  }
}

async function openPool({
  url,
  caPems = [],
  maxConnections,
  timeoutMs,
}: Omit<PostgresStoreOptions, 'maxRecords'>) {
  // Loaded only where it is used.
  const { default: pg } = await import('pg');
  try {
    return new pg.Pool({
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      statement_timeout: timeoutMs,
      keepAlive: true,
      ...(caPems.length === 0 ? {} : { ssl: { ca: [...caPems], rejectUnauthorized: true } }),
    });
  } catch (cause) {
    throw new StartError(`the address of PostgreSQL can't be used: ${describe(cause)}`, cause);
  }
}
