/**
 * The numbers of a connection's streams. The engine resets malformed requests and those over its
 * limits by itself and says nothing; they are seen as gaps.
 */

/** Streams of clients have odd numbers (RFC 9113 section 5.1.1). */
const STEP = 2;

export interface StreamNumbers {
  /** Whether any stream was opened. */
  isUsed(): boolean;
  /** A stream that the engine has handed over. */
  seen(streamId: number): void;
  /** The last one of which the engine has read the whole header block. */
  processed(streamId: number): void;
}

/** @param onUnseen told how many streams were never handed over, once for each. */
export function createStreamNumbers(onUnseen: (count: number) => void): StreamNumbers {
  let last = -1;
  const processed = (streamId: number): void => {
    const unseen = Math.floor((streamId - last) / STEP);
    if (unseen < 1) return;
    last = streamId;
    onUnseen(unseen);
  };
  return {
    isUsed: () => last > 0,
    seen: (streamId) => {
      processed(streamId - STEP);
      last = streamId;
    },
    processed,
  };
}
