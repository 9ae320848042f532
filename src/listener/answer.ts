/** Writing one answer of HTTP/1.1, and what happens when a side gives up. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Delivery } from '../http/exchange.ts';
import { bodyParts, pour } from './answer-body.ts';
import { headOf, mayCarryBody } from './answer-head.ts';
import { drainRequest } from './drain.ts';
import type { SendOptions } from './exchange.ts';

export interface AnswerOptions extends SendOptions {
  /** Whether the whole request has arrived; when not, the connection must end after the answer. */
  readonly hasArrived: () => boolean;
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
  const { stream, bytes } = bodyParts(body);
  const isBodiless = !mayCarryBody(request.method, status);
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
  // The head must not wait for a body that is slow to begin. (`flushHeaders` would write it in
  // another character encoding.)
  if (stream.readableLength === 0) response.write(NOTHING);
  const cutOff = (): void => void response.destroy();
  const poured = await pour(stream, response, { length, stallMs: options.stallMs, cutOff });
  if (!poured.isComplete) return cut(response, poured.bytes);
  return finish(request, response, undefined, poured.bytes, options);
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
  if (mayCarryBody(request.method, response.statusCode)) {
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
