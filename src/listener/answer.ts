/** Writing one answer of HTTP/1.1, and what happens when a side gives up. */

import type { Readable } from 'node:stream';
import type { Answer, Delivery } from '../http/exchange.ts';
import { bodyParts, pour } from './answer-body.ts';
import { announcedLength, mayCarryBody } from './answer-head.ts';
import type { WriteAnswerHead } from './answer-text.ts';
import type { ClientWriter } from './client-writer.ts';
import type { SendOptions } from './exchange.ts';

export interface AnswerOptions extends SendOptions {
  /** Of the request. */
  readonly method: string;
  /** Whether its client knows the chunked coding: all but those of HTTP/1.0. */
  readonly takesChunks: boolean;
  readonly writeHead: WriteAnswerHead;
}

/** A body of up to so many octets goes out in one piece with what is before it. */
const MAX_JOINED_BYTES = 65_536;

const LAST_CHUNK = '0\r\n\r\n';

/**
 * Sends an answer. One that can't be completed as announced cuts the connection: a client never
 * takes half of a body for the whole. Never rejects.
 */
export function sendAnswer(
  writer: ClientWriter,
  { status, headers, body }: Answer,
  options: AnswerOptions,
): Promise<Delivery> | Delivery {
  const { stream, bytes } = bodyParts(body);
  const isBodiless = !mayCarryBody(options.method, status);
  const isStreamed = stream !== undefined && !isBodiless;
  const content = isBodiless ? undefined : bytes;
  const isJoined = content !== undefined && content.length <= MAX_JOINED_BYTES;
  let head: Buffer;
  let length: number | undefined;
  let isChunked = false;
  try {
    length = announcedLength({ status, headers, isBodiless, bytes, stream });
    isChunked = isStreamed && length === undefined && options.takesChunks;
    const facts = { status, headers, length, isChunked, closes: options.close };
    head = options.writeHead(facts, isJoined ? content : undefined);
  } catch (error) {
    options.onUnwritable(error);
    stream?.destroy();
    return cut(writer, 0);
  }
  if (isStreamed) return sendStream(writer, stream, { head, length, isChunked, ...options });
  stream?.destroy();
  writer.write(head);
  if (content !== undefined && !isJoined) writer.write(content);
  return writer.delivered(content?.length ?? 0);
}

interface StreamOptions {
  readonly head: Buffer;
  /** The announced length; undefined when none was. */
  readonly length: number | undefined;
  readonly isChunked: boolean;
  readonly stallMs: number;
}

async function sendStream(
  writer: ClientWriter,
  stream: Readable,
  { head, length, isChunked, stallMs }: StreamOptions,
): Promise<Delivery> {
  const { socket } = writer;
  let unsent = '';
  // The head must not wait for a body that is slow to begin.
  if (stream.readableLength === 0) writer.write(head);
  else unsent = head.toString('latin1');
  const write = (piece: Uint8Array): boolean => {
    const before = isChunked ? `${unsent}${piece.length.toString(16)}\r\n` : unsent;
    unsent = '';
    return writeJoined(writer, before, piece, isChunked ? '\r\n' : '');
  };
  const cutOff = (): void => void socket.destroy();
  // Where the end of the connection is that of the answer, ours must not follow upon the client's.
  const endsWithConnection = length === undefined && !isChunked;
  if (endsWithConnection) socket.prependOnceListener('end', cutOff);
  const poured = await pour(stream, socket, { length, stallMs, cutOff, write });
  socket.off('end', cutOff);
  if (!poured.isComplete) return cut(writer, poured.bytes);
  const rest = isChunked ? `${unsent}${LAST_CHUNK}` : unsent;
  if (rest !== '' && !socket.closed) writer.write(rest);
  return writer.delivered(poured.bytes);
}

/** Writes octets with text around them. Returns whether more is taken at once. */
function writeJoined(writer: ClientWriter, before: string, body: Uint8Array, behind = ''): boolean {
  if (before === '' && behind === '') return writer.write(body);
  const size = before.length + body.length + behind.length;
  if (size > MAX_JOINED_BYTES) {
    if (before !== '') writer.write(before);
    const hasRoom = writer.write(body);
    return behind === '' ? hasRoom : writer.write(behind);
  }
  const joined = Buffer.allocUnsafe(size);
  joined.write(before, 'latin1');
  joined.set(body, before.length);
  joined.write(behind, before.length + body.length, 'latin1');
  return writer.write(joined);
}

function cut({ socket }: ClientWriter, bytes: number): Delivery {
  const outcome = socket.closed || socket.destroyed ? 'client_gone' : 'broken';
  socket.destroy();
  return { outcome, bytes };
}
