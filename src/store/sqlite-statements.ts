/** Every SQL statement of the sqlite engine, prepared once per connection. */

import type { DatabaseSync } from 'node:sqlite';

import type { Space, StoreRecord } from './store.ts';

/** The row of a key, live or not. */
export interface RowFacts {
  readonly id: number;
  readonly expiresAt: number;
  readonly version: number;
}

export interface Meta {
  readonly lastVersion: number;
  readonly rows: number;
}

export interface ReadStatements {
  get(space: Space, key: string, now: number): StoreRecord | undefined;
  findByTag(space: Space, tag: string, now: number): readonly string[];
}

export interface WriteStatements {
  meta(): Meta;
  setMeta(meta: Meta): void;
  find(space: Space, key: string): RowFacts | undefined;
  /** Returns the id of the new row. */
  insert(space: Space, key: string, value: string, expiresAt: number, version: number): number;
  update(id: number, value: string, expiresAt: number, version: number): void;
  setTags(id: number, space: Space, tags: readonly string[], isNew: boolean): void;
  /** These return the number of rows removed; tags go with them. */
  remove(space: Space, key: string): number;
  removeByTag(space: Space, tag: string): number;
  removeExpired(now: number, limit: number): number;
}

/** Of types that the tables are held to (STRICT). */
type RecordColumns = readonly [value: string, expiresAt: number, version: number];

/** Prepares what the event loop reads with. Lets errors of SQLite pass, here and at each call. */
export function prepareReads(database: DatabaseSync): ReadStatements {
  const get = database.prepare(
    'SELECT value, expires_at, version FROM record WHERE space = ? AND key = ?',
  );
  // One is read for each token that is looked at; its columns in order cost less than by name.
  get.setReturnArrays(true);
  const findByTag = database.prepare(
    `SELECT record.key FROM tag JOIN record ON record.id = tag.record
      WHERE tag.space = ? AND tag.tag = ? AND record.expires_at > ?`,
  );
  return {
    get(space, key, now) {
      const row = get.get(space, key) as unknown as RecordColumns | undefined;
      if (row === undefined) return undefined;
      const [value, expiresAt, version] = row;
      return expiresAt > now ? { value, expiresAt, version } : undefined;
    },
    findByTag: (space, tag, now) => findByTag.all(space, tag, now).map((row) => String(row['key'])),
  };
}

/** Prepares what the writer thread uses. Lets errors of SQLite pass, here and at each call. */
export function prepareWrites(database: DatabaseSync): WriteStatements {
  const meta = database.prepare('SELECT last_version, rows FROM meta');
  const setMeta = database.prepare('UPDATE meta SET last_version = ?, rows = ?');
  const find = database.prepare(
    'SELECT id, expires_at, version FROM record WHERE space = ? AND key = ?',
  );
  const insert = database.prepare(
    'INSERT INTO record (space, key, value, expires_at, version) VALUES (?, ?, ?, ?, ?)',
  );
  const update = database.prepare(
    'UPDATE record SET value = ?, expires_at = ?, version = ? WHERE id = ?',
  );
  const dropTags = database.prepare('DELETE FROM tag WHERE record = ?');
  const addTag = database.prepare(
    'INSERT OR IGNORE INTO tag (space, tag, record) VALUES (?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM record WHERE space = ? AND key = ?');
  const removeByTag = database.prepare(
    'DELETE FROM record WHERE id IN (SELECT record FROM tag WHERE space = ? AND tag = ?)',
  );
  const removeExpired = database.prepare(
    `DELETE FROM record WHERE id IN
      (SELECT id FROM record WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  );
  return {
    meta() {
      const row = meta.get();
      return { lastVersion: Number(row?.['last_version']), rows: Number(row?.['rows']) };
    },
    setMeta: ({ lastVersion, rows }) => void setMeta.run(lastVersion, rows),
    find(space, key) {
      const row = find.get(space, key);
      if (row === undefined) return undefined;
      return {
        id: Number(row['id']),
        expiresAt: Number(row['expires_at']),
        version: Number(row['version']),
      };
    },
    insert: (space, key, value, expiresAt, version) =>
      Number(insert.run(space, key, value, expiresAt, version).lastInsertRowid),
    update: (id, value, expiresAt, version) => void update.run(value, expiresAt, version, id),
    setTags(id, space, tags, isNew) {
      if (!isNew) dropTags.run(id);
      for (const tag of tags) addTag.run(space, tag, id);
    },
    remove: (space, key) => Number(remove.run(space, key).changes),
    removeByTag: (space, tag) => Number(removeByTag.run(space, tag).changes),
    removeExpired: (now, limit) => Number(removeExpired.run(now, limit).changes),
  };
}
