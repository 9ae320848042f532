/** The engine that forgets with the process: for trials, for demos and as the reference of tests. */

import { StoreError } from '../errors.ts';
import { createExpiryQueue } from './expiry-queue.ts';
import { checkNames, checkRecord } from './record-rules.ts';
import type { Expiring } from './expiry-queue.ts';
import type { PutOptions, Space, Store, StoreRecord } from './store.ts';

export interface MemoryStoreOptions {
  /** Live records held at once. */
  readonly maxRecords: number;
  /** Milliseconds since the epoch; the system clock unless given. */
  readonly now?: () => number;
}

interface MemoryRecord extends StoreRecord, Expiring {
  readonly space: Space;
  readonly key: string;
  readonly tags: readonly string[];
}

/** Expired records removed with one write: more than one write adds, so none pile up. */
const SWEEP_PER_WRITE = 8;

/**
 * Returns an empty store in memory. A resolved write is as durable as the process.
 *
 * Its methods reject with StoreError: `store_full` when `maxRecords` live records are held and the
 * key is new, `store_unavailable` after `close`.
 */
export function createMemoryStore({ maxRecords, now = Date.now }: MemoryStoreOptions): Store {
  const records = new Map<string, MemoryRecord>();
  const tagged = new Map<string, Set<MemoryRecord>>();
  const expiry = createExpiryQueue<MemoryRecord>();
  let version = 0;
  let closed = false;

  const seconds = (): number => Math.floor(now() / 1_000);

  function checkOpen(): void {
    if (closed) throw new StoreError('store_unavailable', 'the store is closed');
  }

  function checkRoom(): void {
    if (records.size < maxRecords) return;
    throw new StoreError('store_full', `${maxRecords} live records`);
  }

  function live(space: Space, key: string): MemoryRecord | undefined {
    const record = records.get(name(space, key));
    return record !== undefined && record.expiresAt > seconds() ? record : undefined;
  }

  function remove(record: MemoryRecord): void {
    records.delete(name(record.space, record.key));
    expiry.remove(record);
    for (const tag of record.tags) {
      const members = tagged.get(name(record.space, tag));
      members?.delete(record);
      if (members?.size === 0) tagged.delete(name(record.space, tag));
    }
  }

  function sweep(): void {
    for (let count = 0; count < SWEEP_PER_WRITE; count += 1) {
      const first = expiry.first();
      if (first === undefined || first.expiresAt > seconds()) return;
      remove(first);
    }
  }

  function insert(record: MemoryRecord): void {
    records.set(name(record.space, record.key), record);
    expiry.add(record);
    for (const tag of record.tags) {
      const members = tagged.get(name(record.space, tag)) ?? new Set();
      tagged.set(name(record.space, tag), members.add(record));
    }
  }

  return {
    async get(space, key) {
      checkOpen();
      checkNames(space, key);
      const record = live(space, key);
      if (record === undefined) return undefined;
      return { value: record.value, expiresAt: record.expiresAt, version: record.version };
    },

    async put(space, key, value, options: PutOptions) {
      checkOpen();
      checkRecord(space, key, value, options);
      sweep();
      const { onlyIf, expiresAt, promised = false } = options;
      const standing = live(space, key);
      if (onlyIf === 'absent' && standing !== undefined) return false;
      if (typeof onlyIf === 'number' && standing?.version !== onlyIf) return false;

      const replaced = records.get(name(space, key));
      if (replaced === undefined && !promised) checkRoom();
      if (replaced !== undefined) remove(replaced);
      version += 1;
      const tags = [...new Set(options.tags)];
      insert({ space, key, value, expiresAt, version, tags, position: 0 });
      return true;
    },

    async delete(space, key) {
      checkOpen();
      checkNames(space, key);
      const record = records.get(name(space, key));
      if (record !== undefined) remove(record);
    },

    async findByTag(space, tag) {
      checkOpen();
      checkNames(space, tag);
      const members = [...(tagged.get(name(space, tag)) ?? [])];
      return members.filter(({ expiresAt }) => expiresAt > seconds()).map(({ key }) => key);
    },

    async deleteByTag(space, tag) {
      checkOpen();
      checkNames(space, tag);
      for (const record of tagged.get(name(space, tag)) ?? []) remove(record);
    },

    async ping() {
      checkOpen();
    },

    async promise() {
      checkOpen();
      sweep();
      checkRoom();
    },

    async close() {
      closed = true;
      records.clear();
      tagged.clear();
    },
  };
}

/** One map key for two names; the length keeps ("a", "bc") and ("ab", "c") apart. */
function name(space: Space, key: string): string {
  return `${space.length}:${space}${key}`;
}
