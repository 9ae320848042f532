/** Connections without a network: a client has sent all its octets, and reads what it is told. */

import { Duplex } from 'node:stream';

/** Turns of the event loop in which nothing came of what was sent: then nothing will. */
const IDLE_TURNS = 8;

export interface ClientConnection {
  /** The server's side. */
  readonly socket: Duplex;
  /** Resolves when the server has ended it, or waits for more. */
  readonly over: Promise<void>;
  /** Something was read: the end is not yet near. */
  progressed(): void;
}

export interface ClientConnections {
  /** With `ends` the other side says that it sends no more. */
  open(pieces: readonly Buffer[], options?: { readonly ends: boolean }): ClientConnection;
}

interface Watched {
  readonly socket: Duplex;
  idleTurns: number;
}

export function createClientConnections(): ClientConnections {
  const open = new Set<Watched>();
  const watch = (): void => {
    for (const watched of open) {
      watched.idleTurns += 1;
      if (watched.idleTurns > IDLE_TURNS) watched.socket.destroy();
    }
    if (open.size > 0) setImmediate(watch);
  };
  return {
    open: (pieces, { ends } = { ends: false }) => {
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const socket = createServerSide(ends ? [...pieces, null] : pieces, () => {
        open.delete(watched);
        resolve();
      });
      const watched: Watched = { socket, idleTurns: 0 };
      open.add(watched);
      if (open.size === 1) setImmediate(watch);
      return { socket, over, progressed: () => void (watched.idleTurns = 0) };
    },
  };
}

/** @param pieces may have an end behind them, `null` as for a stream. */
function createServerSide(pieces: readonly (Buffer | null)[], onOver: () => void): Duplex {
  let next = 0;
  let bytesRead = 0;
  const socket = new Duplex({
    read: () => {
      const piece = pieces[next];
      next += 1;
      if (piece === undefined) return;
      bytesRead += piece?.length ?? 0;
      socket.push(piece);
    },
    write: (_bytes, _encoding, done) => done(),
    writev: (_chunks, done) => done(),
    final: (done) => {
      done();
      // What is read after the last word is not answered any more.
      socket.destroy();
    },
    destroy: (_error, done) => {
      onOver();
      done(null);
    },
  });
  return Object.defineProperty(socket, 'bytesRead', { get: () => bytesRead });
}
