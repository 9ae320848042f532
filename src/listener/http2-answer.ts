/** Writing one answer of HTTP/2, and what happens when a side gives up. */

import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Answer, Delivery, HeaderList } from '../http/exchange.ts';
import { bodyParts, discardAnswer, pour } from './answer-body.ts';
import { FRAMING, announcedLength, mayCarryBody, writableFields } from './answer-head.ts';
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
    length = announcedLength({ status, headers, isBodiless, bytes, stream });
    const fields = [':status', String(status), ...http2Fields(writableFields(headers, FRAMING))];
    if (length !== undefined) fields.push('content-length', String(length));
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
  const write = (piece: Uint8Array): boolean =>
    http2Stream.write(piece, (error) => {
      if (!error) taken += piece.length;
    });
  let total = bytes?.length ?? 0;
  if (bytes !== undefined) write(bytes);
  if (stream !== undefined) {
    const poured = await pour(stream, http2Stream, { length, stallMs, cutOff, write });
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

/** Names and values in turn, the names in the lower case that RFC 9113 section 8.2 demands. */
function http2Fields(fields: HeaderList): string[] {
  const flat: string[] = [];
  for (const [field, value] of fields) {
    const name = field.toLowerCase();
    if (!NOT_IN_HTTP2.has(name)) flat.push(name, value);
  }
  return flat;
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
