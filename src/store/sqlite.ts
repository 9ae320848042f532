/** The durable engine: a SQLite file, written by a thread of its own, read on the event loop. */

import { statSync } from 'node:fs';

import { StartError, StoreError } from '../errors.ts';
import { checkNames, checkRecord } from './record-rules.ts';
import { prepareDatabase } from './sqlite-database.ts';
import { createWriteQueue } from './sqlite-queue.ts';
import { createReader } from './sqlite-reader.ts';
import type { Reader } from './sqlite-reader.ts';
import type { Change, Result } from './sqlite-protocol.ts';
import type { Store } from './store.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** Live records held at once. */
  readonly maxRecords: number;
  /** Longest wait for one operation, in milliseconds. */
  readonly timeoutMs: number;
  /** Told, as text for the log, what happens without a caller. */
  readonly events?: (text: string) => void;
  /** Milliseconds since the epoch; the system clock unless given. */
  readonly now?: () => number;
}

/** How often expired records are removed when nothing is written; each write does so too. */
const SWEEP_INTERVAL_MS = 10_000;

/**
 * Opens the store, making file and folder where they are missing, both for the owner alone. A
 * resolved write survives power loss. Several processes may share one file.
 *
 * Its methods reject with StoreError: `store_full` when `maxRecords` live records are held and the
 * key is new, `store_unavailable` for everything else.
 *
 * @throws StartError when the file can't be used, is not ours or was written by a later version.
 */
export async function createSqliteStore({
  path,
  maxRecords,
  timeoutMs,
  events = () => {},
  now = Date.now,
}: SqliteStoreOptions): Promise<Store> {
  prepareDatabase(path, timeoutMs);
  const inode = statSync(path).ino;
  const reader = openOrRefuse(path, timeoutMs, now);
  const queue = createWriteQueue({ path, maxRecords }, timeoutMs, events);
  await queue.start().catch((cause: unknown) => {
    reader.close();
    throw new StartError(`the store file ${path} can't be written`, cause);
  });

  const sweeper = setInterval(() => void sweep(), SWEEP_INTERVAL_MS);
  sweeper.unref();
  let closing: Promise<void> | undefined;

  const seconds = (): number => Math.floor(now() / 1_000);

  async function write(change: Change): Promise<Result> {
    const result = await reader.giveWay(() => queue.submit(change, seconds()));
    if (result === 'full') throw new StoreError('store_full', `${maxRecords} live records`);
    return result;
  }

  /** Goes on until no transaction removes its full share. A failure was told by the queue. */
  async function sweep(): Promise<void> {
    let result: Result = 'more_to_sweep';
    while (result === 'more_to_sweep' && queue.isRunning()) {
      result = await queue.submit({ kind: 'sweep' }, seconds()).catch(() => 'done' as const);
    }
  }

  async function probe(kind: 'probe' | 'promise'): Promise<void> {
    reader.read((statements) => statements.get('ping', 'ping', seconds()));
    checkPlace();
    await write({ kind });
  }

  /** A file that was removed or replaced would be written to no end and gone at the next start. */
  function checkPlace(): void {
    const found = statSync(path, { throwIfNoEntry: false })?.ino;
    if (found === inode) return;
    throw new StoreError('store_unavailable', `the file ${path} was removed or replaced`);
  }

  return {
    get(space, key) {
      checkNames(space, key);
      return reader.get(space, key, seconds());
    },

    async put(space, key, value, options) {
      checkRecord(space, key, value, options);
      const { expiresAt, onlyIf, tags = [], promised = false } = options;
      const record = { space, key, value, expiresAt, tags };
      const result = await write({ kind: 'put', ...record, onlyIf, promised });
      return result === 'done';
    },

    async delete(space, key) {
      checkNames(space, key);
      await write({ kind: 'delete', space, key });
    },

    async findByTag(space, tag) {
      checkNames(space, tag);
      return reader.read((statements) => statements.findByTag(space, tag, seconds()));
    },

    async deleteByTag(space, tag) {
      checkNames(space, tag);
      await write({ kind: 'delete_by_tag', space, tag });
    },

    ping: () => probe('probe'),
    promise: () => probe('promise'),

    close() {
      closing ??= (async () => {
        clearInterval(sweeper);
        // The writer goes last, so that its connection folds the log back into the file.
        reader.close();
        await queue.close();
      })();
      return closing;
    },
  };
}

function openOrRefuse(path: string, timeoutMs: number, now: () => number): Reader {
  try {
    return createReader(path, timeoutMs, now);
  } catch (cause) {
    throw new StartError(`the store file ${path} can't be read`, cause);
  }
}
