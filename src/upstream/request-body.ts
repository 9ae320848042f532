/** Writes a request: its head, and its body as it comes. */

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import { UpstreamError } from '../errors.ts';

/** The head and the body of a small request travel in one piece. */
const MAX_JOINED = 65_536;

const LAST_CHUNK = '0\r\n\r\n';

export function writeWhole(socket: Socket, head: string, body: Uint8Array | undefined): void {
  if (body === undefined) {
    socket.write(head, 'latin1');
    return;
  }
  if (head.length + body.length > MAX_JOINED) {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
    return;
  }
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  bytes.set(body, head.length);
  socket.write(bytes);
}

export interface StreamedRequest {
  readonly head: string;
  readonly body: Readable;
  /** The announced length; undefined for a body in chunks. */
  readonly length: number | undefined;
  /** Called before each wait for the upstream, with true, and behind it, with false. */
  readonly onWaiting: (isWaiting: boolean) => void;
  /** Whether the rest is still to be sent. */
  readonly isWanted: () => boolean;
}

/**
 * Writes the body with back pressure; resolves when all of it was handed to the socket, or when it
 * is wanted no more. Rejects as the body does, and where it is not as long as announced: what
 * follows would be read as another request.
 */
export async function writeStreamed(socket: Socket, request: StreamedRequest): Promise<void> {
  const { head, body, length, onWaiting, isWanted } = request;
  socket.write(head, 'latin1');
  let octets = 0;
  for await (const piece of body.iterator({ destroyOnReturn: false })) {
    if (!isWanted()) return;
    const bytes = piece as Buffer;
    if (bytes.length === 0) continue;
    octets += bytes.length;
    if (length !== undefined && octets > length) throw wrongLength(length);
    if (!writePiece(socket, bytes, length === undefined)) {
      onWaiting(true);
      await drained(socket);
      onWaiting(false);
    }
  }
  if (length === undefined) socket.write(LAST_CHUNK, 'latin1');
  else if (octets !== length) throw wrongLength(length);
}

function writePiece(socket: Socket, bytes: Buffer, isChunked: boolean): boolean {
  if (!isChunked) return socket.write(bytes);
  socket.cork();
  socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
  socket.write(bytes);
  const hasRoom = socket.write('\r\n', 'latin1');
  socket.uncork();
  return hasRoom;
}

/** Resolves when the upstream has taken what was written, or is gone. */
async function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('drain', resolve).once('close', resolve);
  await promise;
  socket.off('drain', resolve).off('close', resolve);
}

function wrongLength(length: number): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'upstream_broken',
    publicText: 'the request can not be handed on',
    detail: `the body of the request has not the ${length} octets that were announced`,
  });
}
