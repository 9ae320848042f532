/** What the event loop and the writer thread of the sqlite engine say to each other. */

import type { Space } from './store.ts';

interface OperationFacts {
  /** Names the operation in its outcome; unique for the life of the store. */
  readonly id: number;
  /** The time by which records are expired, in seconds since the epoch. */
  readonly now: number;
}

export type Change =
  | {
      readonly kind: 'put';
      readonly space: Space;
      readonly key: string;
      readonly value: string;
      readonly expiresAt: number;
      readonly tags: readonly string[];
      readonly onlyIf: 'absent' | number | undefined;
      readonly promised: boolean;
    }
  | { readonly kind: 'delete'; readonly space: Space; readonly key: string }
  | { readonly kind: 'delete_by_tag'; readonly space: Space; readonly tag: string }
  /** Writes something of no meaning, to learn whether the disk takes it. */
  | { readonly kind: 'probe' }
  /** The same, and asks whether there may be one more record. */
  | { readonly kind: 'promise' }
  /** Does nothing by itself: each transaction sweeps. */
  | { readonly kind: 'sweep' };

export type Operation = OperationFacts & Change;

/** `close` comes last, after all operations. */
export type WriterRequest = readonly Operation[] | 'close';

export type Result =
  | 'done'
  /** `onlyIf` did not hold. */
  | 'not_held'
  | 'full'
  /** Done, and more expired records are left than one transaction removes. */
  | 'more_to_sweep';

export type WriterReply =
  | { readonly kind: 'ready' }
  /** The transaction is durable. */
  | { readonly kind: 'committed'; readonly results: readonly (readonly [number, Result])[] }
  /** Nothing of the transaction stands. */
  | { readonly kind: 'failed'; readonly ids: readonly number[]; readonly detail: string }
  /** For the log. */
  | { readonly kind: 'notice'; readonly text: string };

/** What the writer thread is started with. */
export interface WriterData {
  readonly path: string;
  readonly maxRecords: number;
  readonly busyTimeoutMs: number;
}
