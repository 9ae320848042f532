/** The tables in PostgreSQL, made where they are missing. */

import type { Pool } from 'pg';

import { StartError } from '../errors.ts';
import { describe } from './time-limit.ts';

/** Grows when the tables change in a way that older programs would not understand. */
const SCHEMA_VERSION = 1;

/** Any number, as long as every replica takes the same one. */
const SCHEMA_LOCK = 0x63_62_01;

/** Text is kept as octets: PostgreSQL takes no U+0000 in text, and orders text by its locale. */
const TABLES = `
create table if not exists certbound_schema (version integer not null);
create sequence if not exists certbound_version;
create table if not exists certbound_record (
  space bytea not null,
  key bytea not null,
  value bytea not null,
  expires_at bigint not null,
  version bigint not null default nextval('certbound_version'),
  tags bytea[] not null,
  primary key (space, key)
);
create index if not exists certbound_record_expiry on certbound_record (expires_at);
create index if not exists certbound_record_tags on certbound_record using gin (tags);
`;

/**
 * Makes what is missing, one replica at a time.
 *
 * @throws StartError when the tables can't be made or were made by a later version.
 */
export async function prepareSchema(pool: Pool): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new StartError(`PostgreSQL can't be used: ${describe(cause)}`, cause);
  });
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await client.query(TABLES);
    const { rows } = await client.query<{ version: number }>(
      'select version from certbound_schema',
    );
    const [found] = rows;
    if (found === undefined) {
      await client.query('insert into certbound_schema values ($1)', [SCHEMA_VERSION]);
    } else if (found.version !== SCHEMA_VERSION) {
      throw new StartError(
        `the tables in PostgreSQL are of version ${found.version}, this program knows version ${SCHEMA_VERSION}`,
      );
    }
    await client.query('commit');
    client.release();
  } catch (cause) {
    // Closed with what it has begun.
    client.release(true);
    if (cause instanceof StartError) throw cause;
    throw new StartError(`the tables in PostgreSQL can't be made: ${describe(cause)}`, cause);
  }
}

/**
 * What an operator should know of a server that forgets.
 *
 * @throws StartError when it can't be asked.
 */
export async function durabilityNotices(pool: Pool): Promise<readonly string[]> {
  const show = async (setting: 'fsync' | 'synchronous_commit'): Promise<unknown> => {
    const { rows } = await pool.query<Record<string, unknown>>(`show ${setting}`);
    return rows[0]?.[setting];
  };
  try {
    const [fsync, commit] = await Promise.all([show('fsync'), show('synchronous_commit')]);
    return [
      ...(fsync === 'off' ? ['PostgreSQL runs with fsync off: power loss may destroy it'] : []),
      ...(commit === 'off'
        ? ['PostgreSQL runs with synchronous_commit off: its last writes are gone when it stops']
        : []),
    ];
  } catch (cause) {
    throw new StartError(`PostgreSQL can't be used: ${describe(cause)}`, cause);
  }
}
