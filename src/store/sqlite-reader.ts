/** The reading connection of the sqlite engine: it sees whatever is committed, and can't write. */

import { StoreError } from '../errors.ts';
import { openReader } from './sqlite-database.ts';
import { prepareReads } from './sqlite-statements.ts';
import type { ReadStatements } from './sqlite-statements.ts';

export interface Reader {
  /**
   * Returns what the callback reads.
   *
   * @throws StoreError when the database can't be read; the next read opens it again.
   */
  read<T>(callback: (statements: ReadStatements) => T): T;
  close(): void;
}

interface Connection {
  readonly statements: ReadStatements;
  close(): void;
}

/**
 * Returns a reader that has the file open. While it has, a writer that ends is not the last one, and
 * leaves the index of the log: a full disk would have no room for another, and nothing could be read.
 *
 * Lets errors of SQLite pass.
 */
export function createReader(path: string, busyTimeoutMs: number): Reader {
  let connection: Connection | undefined = open();
  let closed = false;

  function open(): Connection {
    const database = openReader(path, busyTimeoutMs);
    const close = (): void => database.close();
    try {
      return { statements: prepareReads(database), close };
    } catch (error) {
      close();
      throw error;
    }
  }

  function drop(): void {
    const dropped = connection;
    connection = undefined;
    dropped?.close();
  }

  return {
    read(callback) {
      if (closed) throw new StoreError('store_unavailable', 'the store is closed');
      try {
        connection ??= open();
        return callback(connection.statements);
      } catch (cause) {
        drop();
        const seen = cause instanceof Error ? cause.message : String(cause);
        throw new StoreError('store_unavailable', `the store can't be read: ${seen}`, cause);
      }
    },

    close() {
      closed = true;
      drop();
    },
  };
}
