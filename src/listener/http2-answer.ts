/** Writing one answer of HTTP/2, and what happens when a side gives up. */

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Answer, Delivery } from '../http/exchange.ts';
import { bodyParts, discardAnswer, pour, writeTold } from './answer-body.ts';
import { headOf, mayCarryBody } from './answer-head.ts';
import type { SendOptions } from './exchange.ts';

const { NGHTTP2_NO_ERROR } = constants;

/** Fields of a connection beside those that are dropped from answers of every version. */
const NOT_IN_HTTP2: ReadonlySet<string> = new Set(['http2-settings', 'te']);

/** RFC 9110 section 15.3.6: a 205 has no body either; the engine takes none for it. */
const RESET_CONTENT = 205;

export interface StreamAnswerOptions extends Omit<SendOptions, 'close'> {
  /** Of the request. */
  readonly method: string | undefined;
  /** Resets the stream, so that a client never takes half of a body for the whole. */
  readonly cutOff: () => void;
}

/** Sends an answer. Never rejects. */
export async function sendStreamAnswer(
  http2Stream: ServerHttp2Stream,
  answer: Answer,
  { method, cutOff, stallMs, onUnwritable }: StreamAnswerOptions,
): Promise<Delivery> {
  const { status, headers, body } = answer;
  const { stream, bytes } = bodyParts(body);
  if (http2Stream.closed || http2Stream.destroyed) {
    discardAnswer(answer);
    return { outcome: 'client_gone', bytes: 0 };
  }
  const isBodiless = !mayCarryBody(method, status) || status === RESET_CONTENT;
  const endStream = isBodiless || (stream === undefined && !bytes?.length);
  let length: number | undefined;
  try {
    const head = headOf({ status, headers, isBodiless, bytes, stream }, false);
    length = head.length;
    const fields = [':status', String(status), ...http2Fields(head.fields)];
    http2Stream.respond(fields, { endStream });
  } catch (error) {
    onUnwritable(error);
    stream?.destroy();
    cutOff();
    return { outcome: 'broken', bytes: 0 };
  }
  if (endStream) {
    stream?.destroy();
    return { outcome: 'sent', bytes: 0 };
  }
  let taken = 0;
  const onTaken = (octets: number): void => void (taken += octets);
  let total = bytes?.length ?? 0;
  if (bytes !== undefined) writeTold(http2Stream, bytes, onTaken);
  if (stream !== undefined) {
    const poured = await pour(stream, http2Stream, { length, stallMs, cutOff, onTaken });
    total = poured.bytes;
    if (!poured.isComplete) {
      const outcome = http2Stream.closed || http2Stream.destroyed ? 'client_gone' : 'broken';
      cutOff();
      return { outcome, bytes: total };
    }
  }
  await finish(http2Stream, { cutOff, stallMs });
  // Where the request has been read whole, the stream closes with its last octet and never finishes.
  // The octets of one that the client resets count as taken, too.
  const isSent = taken === total && http2Stream.rstCode === NGHTTP2_NO_ERROR;
  return { outcome: isSent ? 'sent' : 'client_gone', bytes: total };
}

/**
 * Names and values in turn, fit for HTTP/2. They are checked as those of HTTP/1.1 are by its
 * engine; this one would cut characters to octets, of which one could be a line feed.
 */
function http2Fields(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase();
    const value = fields[at + 1] ?? '';
    if (NOT_IN_HTTP2.has(name)) continue;
    validateHeaderName(name);
    validateHeaderValue(name, value);
    kept.push(name, value);
  }
  return kept;
}

/** Resolves when the last bytes were handed to the socket, as far as the window goes, or never will be. */
async function finish(
  http2Stream: ServerHttp2Stream,
  { cutOff, stallMs }: Pick<StreamAnswerOptions, 'cutOff' | 'stallMs'>,
): Promise<void> {
  if (http2Stream.closed || http2Stream.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stalled = setTimeout(cutOff, stallMs);
  http2Stream.once('finish', resolve).once('close', resolve);
  http2Stream.end();
  await promise;
  clearTimeout(stalled);
  http2Stream.off('finish', resolve).off('close', resolve);
}
