/** Getting rid of what a client still sends although its answer is decided. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** What is read at most for nothing; more of it waits in the client. */
const MAX_DISCARDED_BYTES = 65_536;

/** The time a client gets to read its answer before the connection is destroyed. */
const LINGER_MS = 1_000;

const NOTHING = Buffer.alloc(0);

/** Resolves when the request is complete, the client is gone, or it had its time. */
export async function drainRequest(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LINGER_MS);
  response.once('close', resolve);
  request.once('end', resolve);
  discard(request);
  await promise;
  clearTimeout(timer);
}

/** Reads and drops the body of a request, up to the bound. */
export function discard(request: IncomingMessage): void {
  let rest = MAX_DISCARDED_BYTES;
  request.on('data', (chunk: Buffer) => {
    rest -= chunk.length;
    if (rest < 0) request.pause();
  });
  request.resume();
}

/** Ends a connection, after some last bytes, and destroys it when the client had time to read. */
export function endSoon(socket: TLSSocket, lastBytes: Uint8Array = NOTHING): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  destroyLater(socket);
  socket.end(lastBytes);
}

/** Destroys a connection when its client had time to read what was sent last. */
export function destroyLater(socket: TLSSocket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
