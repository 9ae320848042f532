/** Writing one answer: back pressure, and what happens when a side gives up. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Answer, Delivery } from '../http/exchange.ts';
import { headOf, mayCarryBody } from './answer-head.ts';
import { drainRequest } from './drain.ts';

export interface AnswerOptions {
  /** Whether the whole request has arrived. */
  readonly hasArrived: () => boolean;
  /** End the connection after this answer; always so when the request has not arrived. */
  readonly close: boolean;
  /** Longest time that a client may take nothing of what is ready for it. */
  readonly stallMs: number;
  /** Told when an answer can't be written because of what it holds. */
  readonly onUnwritable: (error: unknown) => void;
}

const NOTHING = Buffer.alloc(0);

/**
 * Sends an answer. One that can't be completed as announced cuts the connection: a client never
 * takes half of a body for the whole. Never rejects.
 */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  options: AnswerOptions,
): Promise<Delivery> {
  const stream = body instanceof Readable ? body : undefined;
  const bytes = body instanceof Readable ? undefined : body;
  // A stream may fail at any time, also while nobody reads it.
  stream?.on('error', () => {});
  const isBodiless = !mayCarryBody(request, status);
  let length: number | undefined;
  try {
    const head = headOf({ status, headers, isBodiless, bytes, stream }, options.close);
    length = head.length;
    response.writeHead(status, head.fields);
  } catch (error) {
    options.onUnwritable(error);
    stream?.destroy();
    return cut(response, 0);
  }
  if (isBodiless || stream === undefined) {
    stream?.destroy();
    return finish(request, response, isBodiless ? undefined : bytes, 0, options);
  }
  const poured = await pour(stream, response, length, options.stallMs);
  if (!poured.isComplete) return cut(response, poured.bytes);
  return finish(request, response, undefined, poured.bytes, options);
}

/** Sends a stream; incomplete when it failed, when its client left, or when its length is wrong. */
async function pour(
  stream: Readable,
  response: ServerResponse,
  length: number | undefined,
  stallMs: number,
): Promise<{ readonly bytes: number; readonly isComplete: boolean }> {
  const leave = (): void => void stream.destroy();
  response.once('close', leave);
  let bytes = 0;
  try {
    // The head must not wait for a body that is slow to begin. (`flushHeaders` would write it in
    // another character encoding.)
    if (stream.readableLength === 0) response.write(NOTHING);
    for await (const piece of stream) {
      const chunk = typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array);
      if (length !== undefined && bytes + chunk.length > length) {
        return { bytes, isComplete: false };
      }
      bytes += chunk.length;
      if (!response.write(chunk)) await drained(response, stallMs);
    }
  } catch {
    return { bytes, isComplete: false };
  } finally {
    response.off('close', leave);
  }
  return { bytes, isComplete: length === undefined || bytes === length };
}

/** Resolves when the client has taken what was written, or is gone. */
async function drained(response: ServerResponse, stallMs: number): Promise<void> {
  if (response.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(() => response.destroy(), stallMs);
  response.once('drain', resolve).once('close', resolve);
  await promise;
  clearTimeout(stalled);
  response.off('drain', resolve).off('close', resolve);
}

async function finish(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array | undefined,
  alreadySent: number,
  options: AnswerOptions,
): Promise<Delivery> {
  const total = alreadySent + (bytes?.length ?? 0);
  if (response.closed) return { outcome: 'client_gone', bytes: total };
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(() => response.destroy(), options.stallMs);
  response.once('close', resolve);
  if (options.hasArrived()) response.end(bytes);
  else endEarly(request, response, bytes, resolve);
  await promise;
  clearTimeout(stalled);
  const isSent = response.writableFinished || !response.destroyed;
  return { outcome: isSent ? 'sent' : 'client_gone', bytes: total };
}

/**
 * Ends an answer while the client is still sending its request. A socket closed over unread bytes
 * is reset, and a reset may overtake the answer: the client first gets all of it, then a moment to
 * read it.
 */
function endEarly(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array | undefined,
  onFlushed: () => void,
): void {
  if (mayCarryBody(request, response.statusCode)) {
    response.write(bytes ?? NOTHING, () => onFlushed());
  } else {
    response.flushHeaders();
    onFlushed();
  }
  void drainRequest(request, response).then(() => response.end());
}

function cut(response: ServerResponse, bytes: number): Delivery {
  const outcome = response.closed || response.destroyed ? 'client_gone' : 'broken';
  response.destroy();
  return { outcome, bytes };
}

/** Gets rid of an answer that nobody will have. */
export function discardAnswer({ body, tunnel }: Answer): void {
  tunnel?.destroy();
  if (!(body instanceof Readable)) return;
  body.on('error', () => {});
  body.destroy();
}
