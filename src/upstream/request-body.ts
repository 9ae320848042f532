/** Writes a request: its head, and its body as it comes. */

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import { UpstreamError } from '../errors.ts';

const LAST_CHUNK = '0\r\n\r\n';

/** @param rest of a body that did not fit into the piece with the head. */
export function writeWhole(socket: Socket, begin: Uint8Array, rest: Uint8Array | undefined): void {
  if (rest === undefined) {
    socket.write(begin);
    return;
  }
  socket.cork();
  socket.write(begin);
  socket.write(rest);
  socket.uncork();
}

export interface StreamedRequest {
  /** The head. */
  readonly begin: Uint8Array;
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
  const { begin, body, length, onWaiting, isWanted } = request;
  socket.write(begin);
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
