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

/** Returns a reader that opens the file with its first read. */
export function createReader(path: string, busyTimeoutMs: number): Reader {
  let connection: { readonly statements: ReadStatements; close(): void } | undefined;
  let closed = false;

  function open(): NonNullable<typeof connection> {
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
