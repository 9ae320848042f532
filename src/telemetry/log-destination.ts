/**
 * The way of log lines to a stream. Lines of one turn of the event loop go out in one write. What
 * the stream does not take is dropped and counted: a log must neither stop nor fill the process.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';

export interface LogDestination {
  /** Takes one line with its line feed. Never throws, never waits. */
  write(line: string): void;
  /** Resolves when all is written or lost, after one second at most. Idempotent. */
  close(): Promise<void>;
}

export interface LogDestinationDeps {
  readonly stream: Writable;
  /** Whether other processes write to it, too: then no line of theirs may come between. */
  readonly isShared?: boolean;
  /** Told how many lines were lost. */
  readonly onDropped: (lines: number) => void;
}

/**
 * What goes into a pipe whole or not at all (PIPE_BUF of Linux), and into a socket of the journal, too;
 * the longest line fits. A terminal and a file take every write whole.
 */
const MAX_WHOLE_BYTES = 4_096;
/** Text held for a reader that has fallen behind. */
const MAX_PENDING_CHARS = 1_048_576;
/** A stream that failed (full disk, reader gone) is tried again after this time. */
const RETRY_AFTER_MS = 1_000;
const CLOSE_TIMEOUT_MS = 1_000;

export function createLogDestination({
  stream,
  isShared = false,
  onDropped,
}: LogDestinationDeps): LogDestination {
  let batch = '';
  let batchBytes = 0;
  let batchLines = 0;
  let nextFlush: NodeJS.Immediate | undefined;
  let inFlightChars = 0;
  let retryAt = 0;
  let failed = false;
  let closing: Promise<void> | undefined;
  let settled = (): void => {};

  // Without a listener an EPIPE of standard output would end the process.
  const onError = (): void => {
    failed = true;
    retryAt = performance.now() + RETRY_AFTER_MS;
  };
  stream.on('error', onError);

  const flush = (): void => {
    const chunk = batch;
    const lines = batchLines;
    batch = '';
    batchBytes = 0;
    batchLines = 0;
    if (lines === 0) return;
    // The clock is looked at only where it was closed to us before.
    if (stream.destroyed || stream.writableEnded || (failed && performance.now() < retryAt)) {
      onDropped(lines);
      return;
    }
    inFlightChars += chunk.length;
    stream.write(chunk, (error) => {
      inFlightChars -= chunk.length;
      if (error) {
        onError();
        onDropped(lines);
      }
      if (inFlightChars === 0) settled();
    });
  };

  const drain = async (): Promise<void> => {
    clearImmediate(nextFlush);
    flush();
    if (inFlightChars > 0) {
      const done = new AbortController();
      const written = new Promise<void>((resolve) => {
        settled = resolve;
      }).then(() => done.abort());
      const late = delay(CLOSE_TIMEOUT_MS, undefined, { signal: done.signal }).catch(() => {});
      await Promise.race([written, late]);
    }
    // A write still under way may fail later, one that failed is told of once more after its
    // callback: both must find a listener.
    if (inFlightChars === 0 && !failed) stream.off('error', onError);
  };

  return {
    write: (line) => {
      if (closing !== undefined || inFlightChars + batch.length + line.length > MAX_PENDING_CHARS) {
        onDropped(1);
        return;
      }
      if (isShared) {
        const bytes = Buffer.byteLength(line);
        if (batchBytes + bytes > MAX_WHOLE_BYTES) flush();
        batchBytes += bytes;
      }
      batch += line;
      batchLines += 1;
      if (batchLines === 1) {
        clearImmediate(nextFlush);
        nextFlush = setImmediate(flush);
      }
    },
    close: () => {
      closing ??= drain();
      return closing;
    },
  };
}
