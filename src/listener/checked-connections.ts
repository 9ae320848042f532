/** The connections of one HTTP engine. One timer checks the time limits of all of them. */

import type { Duplex } from 'node:stream';
import type { ListenerConfig } from '../config/schema.ts';

export interface CheckedConnection {
  /** Ends what has taken too long. */
  check(now: number): void;
  /** Destroys a connection without a request in the hands of the handler. */
  destroyUnlessBusy(): void;
}

export interface CheckedConnections<Connection extends CheckedConnection> {
  /** Those whose sockets are not closed. */
  readonly open: ReadonlySet<Connection>;
  add(socket: Duplex, connection: Connection): void;
  destroyUnused(): void;
  /** Stops the timer, when all connections are gone. */
  close(): void;
}

export function createCheckedConnections<Connection extends CheckedConnection>(
  limits: ListenerConfig['limits'],
): CheckedConnections<Connection> {
  const open = new Set<Connection>();
  const shortest = Math.min(limits.header_timeout, limits.request_timeout, limits.idle_timeout);
  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of open) connection.check(now);
  }, checkingInterval(shortest));
  // Connections keep the process going, the timer alone must not.
  timer.unref();

  return {
    open,
    add: (socket, connection) => {
      open.add(connection);
      socket.once('close', () => open.delete(connection));
    },
    destroyUnused: () => {
      for (const connection of open) connection.destroyUnlessBusy();
    },
    close: () => clearInterval(timer),
  };
}

/** Milliseconds; often enough for a limit to hold within a fifth of itself, at most once a second. */
function checkingInterval(limitMs: number): number {
  return Math.min(1_000, Math.max(10, Math.floor(limitMs / 10)));
}
