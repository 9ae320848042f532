/** The end of a connection whose client may still be sending, or reading its answer. */

import type { Duplex } from 'node:stream';

/** What is read at most for nothing; more of it waits in the client. */
const MAX_DROPPED_BYTES = 65_536;

/** The time a client gets to read its answer before the connection is destroyed. */
const LINGER_MS = 1_000;

/** Reads and drops what still comes, up to the bound. */
export function drop(socket: Duplex): void {
  let rest = MAX_DROPPED_BYTES;
  socket.on('data', (bytes: Buffer) => {
    rest -= bytes.length;
    if (rest < 0) socket.pause();
  });
  socket.resume();
}

/**
 * Ends a connection, after some last bytes, and destroys it when the client had time to read. A socket
 * closed over unread bytes is reset, and a reset may overtake the answer: what still comes is to be
 * read by somebody.
 */
export function endSoon(socket: Duplex, lastBytes?: Uint8Array): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  destroyLater(socket);
  // Of nothing Node makes a write of its own, and a turn before the end.
  if (lastBytes === undefined) socket.end();
  else socket.end(lastBytes);
}

/** Destroys a connection when its client had time to read what was sent last. */
export function destroyLater(socket: Duplex): void {
  whileOpen(socket, LINGER_MS, () => socket.destroy());
}

/** Does something after so many milliseconds, unless the connection is closed by then. */
export function whileOpen(socket: Duplex, delayMs: number, act: () => void): void {
  const timer = setTimeout(act, delayMs);
  socket.once('close', () => clearTimeout(timer));
}

/**
 * One listener for all that may go wrong below: what it means is told by `close`. TLS leaves it to us to
 * destroy a connection that a client spoils with an alert.
 */
export function destroyOnError(socket: Duplex): void {
  socket.on('error', destroyIt);
}

/** Holds nothing: Node keeps a socket for some time after its end, and with it all that listens. */
function destroyIt(this: Duplex): void {
  this.destroy();
}
