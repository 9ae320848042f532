/**
 * Room on the disk for writes that were promised before the disk was full: a file beside the
 * database that is given up when such a write finds no room, and taken back at once after it.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * What is kept where there is room for it: twice what the database may still have to grow by for a
 * log of the usual size.
 */
export const RESERVE_BYTES = 8_388_608;
/**
 * What must be there for a promise; the rest is for what the database grows by while the disk is full
 * and never gives back. A transaction on the reserve takes less: 64 bindings, each into some five
 * pages of 4 KiB at places of their own.
 */
export const LEAST_RESERVE_BYTES = RESERVE_BYTES / 2;
/** With so much left on the disk besides, it is not full. */
const AMPLE_BYTES = RESERVE_BYTES;
const PIECE_BYTES = 262_144;

const OWNER_ONLY_FILE = 0o600;

export interface Reserve {
  /** Whether there is enough for a promise. */
  isEnough(): boolean;
  isWhole(): boolean;
  /** Whether the disk would have room for all of it and for more. */
  canBeWhole(): boolean;
  /** Takes what there is room for, up to so many octets. */
  fill(octets: number): void;
  /** Leaves so many octets of it, or all there are, to what is written next. */
  giveUp(octets: number): void;
}

/** Returns the reserve of a database. Several processes may share one: its state is that of the file. */
export function createReserve(databasePath: string): Reserve {
  const path = `${databasePath}-reserve`;
  const size = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return {
    isEnough: () => size() >= LEAST_RESERVE_BYTES,
    isWhole: () => size() >= RESERVE_BYTES,

    canBeWhole() {
      const { bavail, bsize } = statfsSync(dirname(resolve(path)));
      return bavail * bsize >= RESERVE_BYTES - size() + AMPLE_BYTES;
    },

    fill: (octets) => withFile(path, (descriptor) => fillUp(descriptor, octets)),

    giveUp: (octets) =>
      withFile(path, (descriptor) => {
        ftruncateSync(descriptor, Math.max(0, sizeOf(descriptor) - octets));
        // Some file systems reuse what was freed only once that is on the disk.
        fsyncSync(descriptor);
      }),
  };
}

function fillUp(descriptor: number, octets: number): void {
  const before = sizeOf(descriptor);
  for (let left = octets - before; left > 0;) {
    // Another process may fill it, too.
    const missing = octets - sizeOf(descriptor);
    if (missing <= 0) break;
    // Random: octets that can be compressed, or not written at all, would keep no room.
    left -= writeSync(descriptor, randomBytes(Math.min(PIECE_BYTES, left, missing)));
  }
  try {
    // Where room is given away later than at the write, a full disk is told here.
    fsyncSync(descriptor);
  } catch (error) {
    // Never longer than it is: that would be a hole.
    ftruncateSync(descriptor, Math.min(before, sizeOf(descriptor)));
    throw error;
  }
}

function sizeOf(descriptor: number): number {
  return fstatSync(descriptor).size;
}

/**
 * Every write goes to the end that the file has then: behind the end there would be a hole, which
 * counts as size and keeps no room.
 */
const { O_APPEND, O_CREAT, O_WRONLY } = constants;

/** What the file system refuses, being full, over quota or read-only, is seen in the file's size. */
function withFile(path: string, change: (descriptor: number) => void): void {
  try {
    const descriptor = openSync(path, O_APPEND | O_CREAT | O_WRONLY, OWNER_ONLY_FILE);
    try {
      change(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return;
  }
}
