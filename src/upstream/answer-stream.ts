/** The body of an answer that has not come whole: read as fast as its reader takes it. */

import { Readable } from 'node:stream';

export interface AnswerStream {
  readonly body: Readable;
  /** Returns false when the reader has enough for now; `wanted` is called when it wants more. */
  push(piece: Buffer): boolean;
  /** Defined while the reader has enough. */
  heldUp(): HeldUp | undefined;
  end(): void;
  fail(error: Error): void;
}

/** An answer that waits for its reader. */
export interface HeldUp {
  /** `performance.now()` since when nothing was taken. */
  readonly since: number;
  /** Octets that were taken after such a wait; those of long ago count less. */
  takenOfLate(now: number): number;
}

export interface StreamEvents {
  readonly wanted: () => void;
  /** The reader wants no more of an answer that is not complete. */
  readonly left: () => void;
}

/** After so long what was taken counts a third. */
const FADING_MS = 5_000;

export function createAnswerStream({ wanted, left }: StreamEvents): AnswerStream {
  let isComplete = false;
  let heldUpSince: number | undefined;
  let taken = 0;
  let takenAt = 0;
  const takenOfLate = (now: number): number => taken * Math.exp((takenAt - now) / FADING_MS);
  const body = new Readable({
    read: () => {
      if (heldUpSince !== undefined) {
        const now = performance.now();
        taken = takenOfLate(now) + body.readableLength;
        takenAt = now;
        heldUpSince = undefined;
      }
      wanted();
    },
    destroy(error, done) {
      if (!isComplete) left();
      done(error);
    },
  });
  // A body that nobody reads any more may still fail, and nobody would hear it.
  body.on('error', () => {});
  return {
    body,
    push: (piece) => {
      const isWanted = body.push(piece);
      if (!isWanted) heldUpSince ??= performance.now();
      return isWanted;
    },
    heldUp: () => (heldUpSince === undefined ? undefined : { since: heldUpSince, takenOfLate }),
    end() {
      isComplete = true;
      body.push(null);
    },
    fail(error) {
      isComplete = true;
      body.destroy(error);
    },
  };
}
