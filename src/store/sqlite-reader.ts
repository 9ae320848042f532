/** The reading connection of the sqlite engine: it sees whatever is committed, and can't write. */

import { StoreError } from '../errors.ts';
import { openReader } from './sqlite-database.ts';
import { prepareReads } from './sqlite-statements.ts';
import type { ReadStatements } from './sqlite-statements.ts';
import { createTurnLock } from './sqlite-turn-lock.ts';
import type { TurnLock } from './sqlite-turn-lock.ts';

export interface Reader {
  /**
   * Returns what the callback reads.
   *
   * @throws StoreError when the database can't be read; the next read opens it again.
   */
  read<T>(callback: (statements: ReadStatements) => T): T;
  /** Reads one record, as many do in one turn of the event loop. @throws StoreError likewise. */
  readonly get: ReadStatements['get'];
  /** Runs a write, and keeps no lock of readers meanwhile: with it the log could not begin anew. */
  giveWay<T>(write: () => Promise<T>): Promise<T>;
  close(): void;
}

interface Connection {
  readonly statements: ReadStatements;
  readonly lock: TurnLock;
  /** Of the connection that has the lock. */
  readonly locking: ReadStatements;
  close(): void;
}

/**
 * Returns a reader that has the file open. While it has, a writer that ends is not the last one, and
 * leaves the index of the log: a full disk would have no room for another, and nothing could be read.
 *
 * @param now milliseconds since the epoch.
 *
 * Lets errors of SQLite pass.
 */
export function createReader(path: string, busyTimeoutMs: number, now: () => number): Reader {
  let connection: Connection | undefined = open();
  let closed = false;
  let writes = 0;

  function open(): Connection {
    using opened = new DisposableStack();
    const database = opened.use(openReader(path, busyTimeoutMs));
    const lock = createTurnLock(database, now);
    const locking = prepareReads(database);
    const statements = prepareReads(opened.use(openReader(path, busyTimeoutMs)));
    const databases = opened.move();
    return { statements, lock, locking, close: () => databases.dispose() };
  }

  function drop(): void {
    const dropped = connection;
    connection = undefined;
    dropped?.close();
  }

  function use<T>(read: (opened: Connection) => T): T {
    if (closed) throw new StoreError('store_unavailable', 'the store is closed');
    try {
      connection ??= open();
      return read(connection);
    } catch (cause) {
      drop();
      const seen = cause instanceof Error ? cause.message : String(cause);
      throw new StoreError('store_unavailable', `the store can't be read: ${seen}`, cause);
    }
  }

  return {
    read: (callback) => use(({ statements }) => callback(statements)),

    get: (space, key, second) =>
      use(({ statements, lock, locking }) => {
        const takesLock = writes === 0 && lock.take();
        return (takesLock ? locking : statements).get(space, key, second);
      }),

    async giveWay(write) {
      writes += 1;
      try {
        connection?.lock.release();
        return await write();
      } finally {
        writes -= 1;
      }
    },

    close() {
      closed = true;
      drop();
    },
  };
}
