/**
 * Counts what a client sends that is no request: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, frames of
 * unknown types, frames without content. The engine bounds the memory they take but not their
 * number.
 */

import { createLeakyBucket } from './leaky-bucket.ts';

const CAPACITY_BYTES = 262_144;
const BYTES_PER_SECOND = 16_384;

/** What a request may cause beside its head and body: its windows, its end, a reset. */
const PER_REQUEST_BYTES = 512;

/** A client acknowledges what it reads, with less than this share of it. */
const SHARE_OF_ANSWERS = 1 / 8;

/** The counters of a connection's socket. */
export interface ByteCounts {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface OverheadMeter {
  /** A request with a head of this size; `bodyRoom` of its body may come although nobody reads it. */
  request(headBytes: number, bodyRoom: number): void;
  /** So much of a body was read. */
  body(bytes: number): void;
  /** False when there was more overhead than a client needs. */
  check(counts: ByteCounts, now: number): boolean;
}

export function createOverheadMeter(createdAt: number): OverheadMeter {
  const bucket = createLeakyBucket(
    { capacity: CAPACITY_BYTES, perSecond: BYTES_PER_SECOND },
    createdAt,
  );
  let useful = 0;
  let last = 0;
  return {
    request: (headBytes, bodyRoom) => {
      useful += headBytes + bodyRoom + PER_REQUEST_BYTES;
    },
    body: (bytes) => {
      useful += bytes;
    },
    check: ({ bytesRead, bytesWritten }, now) => {
      const overhead = bytesRead - useful - bytesWritten * SHARE_OF_ANSWERS;
      const isWithin = bucket.add(overhead - last, now);
      last = overhead;
      return isWithin;
    },
  };
}
