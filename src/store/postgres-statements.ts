/**
 * The statements of the PostgreSQL engine, each prepared once for each connection. One statement is
 * one transaction, durable when it is answered.
 */

import type { Pool } from 'pg';

import { StoreError } from '../errors.ts';
import type { PutOptions, StoreRecord } from './store.ts';
import { withinTimeLimit } from './time-limit.ts';

/** Requests that wait for a connection; beyond it the store is overloaded and says so. */
const MAX_WAITING = 10_000;

const GET = `select value, expires_at, version from certbound_record
  where space = $1 and key = $2 and expires_at > $3`;

const INSERTED = 'returning (xmax = 0) as inserted';

const PUT_ANY = `insert into certbound_record (space, key, value, expires_at, tags)
  values ($1, $2, $3, $4, $5)
  on conflict (space, key) do update set value = excluded.value, expires_at = excluded.expires_at,
    tags = excluded.tags, version = excluded.version
  ${INSERTED}`;

const PUT_ABSENT = PUT_ANY.replace(INSERTED, `where certbound_record.expires_at <= $6 ${INSERTED}`);

const PUT_OVER = `update certbound_record set value = $3, expires_at = $4, tags = $5,
    version = nextval('certbound_version')
  where space = $1 and key = $2 and expires_at > $6 and version = $7
  returning false as inserted`;

const DELETE = 'delete from certbound_record where space = $1 and key = $2';
const FIND_BY_TAG = `select key from certbound_record
  where tags @> array[$2]::bytea[] and space = $1 and expires_at > $3`;
const DELETE_BY_TAG =
  'delete from certbound_record where tags @> array[$2]::bytea[] and space = $1';
/** Rows that another replica removes at this moment are left to it. */
const SWEEP = `delete from certbound_record where ctid = any (array(
  select ctid from certbound_record where expires_at <= $1 limit $2 for update skip locked))`;
const COUNT = 'select count(*) as count from certbound_record';

export interface NewRecord {
  readonly space: string;
  readonly key: string;
  readonly value: string;
}

export interface PostgresStatements {
  get(space: string, key: string, second: number): Promise<StoreRecord | undefined>;
  put(
    record: NewRecord,
    options: PutOptions,
    second: number,
  ): Promise<'inserted' | 'replaced' | 'refused'>;
  /** These say how many rows were removed. */
  delete(space: string, key: string): Promise<number>;
  deleteByTag(space: string, tag: string): Promise<number>;
  sweep(second: number, most: number): Promise<number>;
  findByTag(space: string, tag: string, second: number): Promise<readonly string[]>;
  count(): Promise<number>;
  /** Writes and undoes it, so that a server that only reads is not taken for one that can serve. */
  probe(): Promise<void>;
}

/** Every statement rejects with StoreError `store_unavailable` when it fails or takes too long. */
export function createStatements(pool: Pool, timeoutMs: number): PostgresStatements {
  const run = async <R extends object>(name: string, text: string, values: unknown[]) => {
    if (pool.waitingCount >= MAX_WAITING) {
      throw new StoreError('store_unavailable', `${MAX_WAITING} operations wait already`);
    }
    return withinTimeLimit(pool.query<R>({ name, text, values }), timeoutMs);
  };
  const remove = async (name: string, text: string, values: unknown[]): Promise<number> =>
    (await run(name, text, values)).rowCount ?? 0;

  return {
    get: async (space, key, second) => {
      const values = [octets(space), octets(key), second];
      const { rows } = await run<Row>('certbound_get', GET, values);
      const [row] = rows;
      return row === undefined
        ? undefined
        : {
            value: row.value.toString('utf8'),
            expiresAt: Number(row.expires_at),
            version: Number(row.version),
          };
    },
    put: async ({ space, key, value }, { expiresAt, tags = [], onlyIf }, second) => {
      const tagged = [...new Set(tags)].map(octets);
      const written = [octets(space), octets(key), octets(value), expiresAt, tagged];
      const { rows } = await (onlyIf === undefined
        ? run<Put>('certbound_put', PUT_ANY, written)
        : onlyIf === 'absent'
          ? run<Put>('certbound_put_absent', PUT_ABSENT, [...written, second])
          : run<Put>('certbound_put_over', PUT_OVER, [...written, second, onlyIf]));
      const [row] = rows;
      if (row === undefined) return 'refused';
      return row.inserted ? 'inserted' : 'replaced';
    },
    delete: (space, key) => remove('certbound_delete', DELETE, [octets(space), octets(key)]),
    deleteByTag: (space, tag) =>
      remove('certbound_delete_by_tag', DELETE_BY_TAG, [octets(space), octets(tag)]),
    sweep: (second, most) => remove('certbound_sweep', SWEEP, [second, most]),
    findByTag: async (space, tag, second) => {
      const values = [octets(space), octets(tag), second];
      const { rows } = await run<Pick<Row, 'key'>>('certbound_find_by_tag', FIND_BY_TAG, values);
      return rows.map(({ key }) => key.toString('utf8'));
    },
    count: async () => {
      const { rows } = await run<{ readonly count: string }>('certbound_count', COUNT, []);
      return Number(rows[0]?.count ?? Number.NaN);
    },
    probe: async () => {
      await run('certbound_probe', `select nextval('certbound_version')`, []);
    },
  };
}

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
  /** `bigint`, which the library gives as text. */
  readonly expires_at: string;
  readonly version: string;
}

interface Put {
  readonly inserted: boolean;
}

function octets(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}
