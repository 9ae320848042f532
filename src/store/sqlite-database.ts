/** The database file: its place, its permissions, its schema. */

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { StartError } from '../errors.ts';
import { isBusy, lacksRoom } from './sqlite-errors.ts';

/** Grows with each change of the tables; a file of a later version is refused. */
const SCHEMA_VERSION = 1;
/** `cbnd`: tells our files from other programs' (PRAGMA application_id). */
const APPLICATION_ID = 0x63_62_6e_64;

const BUSY_PAUSE_MS = 10;

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * `meta` has one row: the last version given to a record, and the number of rows in `record`. Both
 * are kept by the writer in the transaction that changes them. The version counts over all keys, so
 * that a key deleted and written anew never shows a version twice.
 */
const SCHEMA = `
  CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (space, key)
  ) STRICT;
  CREATE INDEX record_expiry ON record (expires_at);
  CREATE TABLE tag (
    space TEXT NOT NULL,
    tag TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
    PRIMARY KEY (space, tag, record)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tag_record ON tag (record);
  CREATE TABLE meta (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    last_version INTEGER NOT NULL,
    rows INTEGER NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, 0, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Makes the folder and the file where they are missing, both for the owner alone, and brings the
 * schema up to date. Safe when a second process does the same.
 *
 * @throws StartError when the file can't be used, is not ours or was written by a later version.
 */
export function prepareDatabase(path: string, busyTimeoutMs: number): void {
  try {
    createFolder(dirname(resolve(path)));
    createFile(path);
    // Never opened here: closing a descriptor would drop the locks SQLite holds in this process.
    chmodSync(path, OWNER_ONLY_FILE);
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      untilFree(busyTimeoutMs, () => useWriteAheadLog(database, path));
      database.exec('BEGIN IMMEDIATE');
      bringUpToDate(database, path);
      database.exec('COMMIT');
    } finally {
      database.close();
    }
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`the store file ${path} can't be used: ${seen}`, cause);
  }
}

/**
 * Opens the writing connection. Each commit is on the disk before it returns.
 *
 * Lets errors of SQLite pass.
 */
export function openWriter(path: string, busyTimeoutMs: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  database.exec('PRAGMA synchronous = FULL');
  // After a burst the log is cut back to this size, in bytes, at the next checkpoint.
  database.exec('PRAGMA journal_size_limit = 67108864');
  return database;
}

/**
 * Brings the log into the database as far as no reader needs it. Once it is all there, the next write
 * begins the log anew; `TRUNCATE` gives its room back to the disk at once, where nobody reads.
 *
 * Returns false where the disk had no room for it.
 */
export function foldLog(
  database: DatabaseSync,
  mode: 'PASSIVE' | 'TRUNCATE',
  busyTimeoutMs: number,
): boolean {
  // A reader that takes its time would hold up all writes.
  database.exec('PRAGMA busy_timeout = 0');
  try {
    database.exec(`PRAGMA wal_checkpoint(${mode})`);
    return true;
  } catch (error) {
    // What is in the log is safe there.
    return !lacksRoom(error);
  } finally {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  }
}

/** Opens a connection that can't write. Lets errors of SQLite pass. */
export function openReader(path: string, busyTimeoutMs: number): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs });
}

function createFolder(folder: string): void {
  const firstMade = mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) {
    syncFolder(dirname(made));
  }
}

function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY_FILE));
    syncFolder(dirname(resolve(path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A new name in a folder survives power loss only once the folder is on the disk. */
function syncFolder(folder: string): void {
  // Windows opens no folders.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Of all statements the change of the journal alone does not wait for another process by itself. */
function untilFree(timeoutMs: number, run: () => void): void {
  const deadline = performance.now() + timeoutMs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      Atomics.wait(pause, 0, 0, BUSY_PAUSE_MS);
    }
  }
}

/** A file system without shared memory between processes silently keeps the other journal. */
function useWriteAheadLog(database: DatabaseSync, path: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode === 'wal') return;
  throw new StartError(`the file system of the store file ${path} can't hold a write-ahead log`);
}

function bringUpToDate(database: DatabaseSync, path: string): void {
  const found = pragma(database, 'user_version');
  if (found === 0 && pragma(database, 'schema_version') === 0) {
    database.exec(SCHEMA);
    return;
  }
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new StartError(`the store file ${path} is the database of another program`);
  }
  if (found > SCHEMA_VERSION) {
    throw new StartError(
      `the store file ${path} was written by a later version of certbound ` +
        `(schema ${found}; this one knows up to ${SCHEMA_VERSION})`,
    );
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
