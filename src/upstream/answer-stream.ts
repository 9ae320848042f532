/** The body of an answer that has not come whole: read as fast as its reader takes it. */

import { Readable } from 'node:stream';

export interface AnswerStream {
  readonly body: Readable;
  /** Returns false when the reader has enough for now; `wanted` is called when it wants more. */
  push(piece: Buffer): boolean;
  end(): void;
  fail(error: Error): void;
}

export interface StreamEvents {
  readonly wanted: () => void;
  /** The reader wants no more of an answer that is not complete. */
  readonly left: () => void;
}

export function createAnswerStream({ wanted, left }: StreamEvents): AnswerStream {
  let isComplete = false;
  const body = new Readable({
    read: wanted,
    destroy(error, done) {
      if (!isComplete) left();
      done(error);
    },
  });
  // A body that nobody reads any more may still fail, and nobody would hear it.
  body.on('error', () => {});
  return {
    body,
    push: (piece) => body.push(piece),
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
