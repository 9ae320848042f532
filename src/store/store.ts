/** The contract of every store engine: expiring records, kept until they expire or are deleted. */

/** A namespace of keys; each room that stores has its own. */
export type Space = string;

export interface StoreRecord {
  readonly value: string;
  /** Seconds since the epoch; a record is gone from this second on. */
  readonly expiresAt: number;
  /** Grows with each write of the same key; for compare-and-set. */
  readonly version: number;
}

export interface PutOptions {
  readonly expiresAt: number;
  /** Secondary keys by which the record can be found or deleted. */
  readonly tags?: readonly string[];
  /** Write only where no live record stands (`absent`), or only over this version. */
  readonly onlyIf?: 'absent' | number;
  /** Written after `promise` has resolved: what is kept free for such writes may be used. */
  readonly promised?: boolean;
}

/**
 * Each call settles within the engine's time limit; failure is a `StoreError`. A resolved write is
 * durable as the engine defines it. A full store refuses and never evicts a live record.
 */
export interface Store {
  /** At once where the engine has it at hand; it then throws in place of rejecting. */
  get(space: Space, key: string): StoreRecord | undefined | Promise<StoreRecord | undefined>;
  /** Resolves true when written, false when `onlyIf` did not hold. */
  put(space: Space, key: string, value: string, options: PutOptions): Promise<boolean>;
  delete(space: Space, key: string): Promise<void>;
  /** The keys of live records with this tag. */
  findByTag(space: Space, tag: string): Promise<readonly string[]>;
  deleteByTag(space: Space, tag: string): Promise<void>;
  /** Rejects when the engine can't serve; for readiness. */
  ping(): Promise<void>;
  /**
   * Rejects when new records can't be written. Where it resolves, the next ones that are written as
   * `promised` are not refused for their number, nor, as far as the engine can see to it, for want
   * of room: of these a caller has few, and each after a `promise` of its own.
   */
  promise(): Promise<void>;
  /** Finishes pending writes and frees everything. Idempotent. */
  close(): Promise<void>;
}
