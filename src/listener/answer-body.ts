/** The body of an answer: back pressure, and an end when its length is wrong or nobody takes it. */

import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import type { Answer } from '../http/exchange.ts';

export interface PourOptions {
  /** The announced length; undefined when none was. */
  readonly length: number | undefined;
  /** Longest time that a client may take nothing of what is ready for it. */
  readonly stallMs: number;
  /** Ends the answer so that its client can't take what it has for the whole. */
  readonly cutOff: () => void;
  /** Writes one piece, which is never empty. Returns whether the sink takes more at once. */
  readonly write: (piece: Uint8Array) => boolean;
}

/** The body as either of its two kinds. */
export function bodyParts(body: Answer['body']): {
  readonly stream: Readable | undefined;
  readonly bytes: Uint8Array | undefined;
} {
  if (!(body instanceof Readable)) return { stream: undefined, bytes: body };
  heedFailure(body);
  return { stream: body, bytes: undefined };
}

/** To be called at once: a stream may fail at any time, also while nobody reads it. */
export function heedFailure(body: Answer['body']): void {
  if (body instanceof Readable) body.on('error', nothing);
}

function nothing(): void {}

/** Sends a stream; incomplete when it failed, when its client left, or when its length is wrong. */
export async function pour(
  stream: Readable,
  sink: Writable,
  { length, stallMs, cutOff, write }: PourOptions,
): Promise<{ readonly bytes: number; readonly isComplete: boolean }> {
  const leave = (): void => void stream.destroy();
  sink.once('close', leave);
  let bytes = 0;
  try {
    for await (const piece of stream) {
      const chunk = typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array);
      if (length !== undefined && bytes + chunk.length > length) {
        return { bytes, isComplete: false };
      }
      // In the chunked coding an empty piece would be the end.
      if (chunk.length === 0) continue;
      bytes += chunk.length;
      if (!write(chunk)) await drained(sink, stream, stallMs, cutOff);
    }
  } catch {
    return { bytes, isComplete: false };
  } finally {
    sink.off('close', leave);
  }
  return { bytes, isComplete: length === undefined || bytes === length };
}

/** Resolves when the client has taken what was written, or is gone, or where the stream has failed. */
async function drained(
  sink: Writable,
  stream: Readable,
  stallMs: number,
  cutOff: () => void,
): Promise<void> {
  if (sink.closed || stream.errored !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(cutOff, stallMs);
  const settle = (): void => resolve();
  sink.once('drain', settle).once('close', settle);
  stream.once('error', settle);
  await promise;
  clearTimeout(stalled);
  sink.off('drain', settle).off('close', settle);
  stream.off('error', settle);
}

/** Gets rid of an answer that nobody will have. */
export function discardAnswer({ body, tunnel }: Answer): void {
  tunnel?.destroy();
  if (!(body instanceof Readable)) return;
  heedFailure(body);
  body.destroy();
}
