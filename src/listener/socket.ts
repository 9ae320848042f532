/** TCP: one `net.Server` per address. What it hands on has not spoken yet. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { StartError } from '../errors.ts';
import { acceptRest } from './accept-rest.ts';
import type { EventSink } from '../telemetry/events.ts';
import { visibleText } from './visible-text.ts';

/** A dead peer behind a firewall that drops everything is noticed by TCP probes after this time. */
const KEEP_ALIVE_PROBE_MS = 60_000;

/** Connections that wait on an address that is open but not served yet. */
const MAX_WAITING = 1_024;

/** The address of a peer that was gone when the connection was accepted. */
export const UNKNOWN_ADDRESS = 'unknown';

/** One accepted connection with what must be captured at once: later the peer may be gone. */
export interface Arrival {
  readonly socket: Socket;
  /** The TCP peer's own address; whom to believe is decided by it. */
  readonly socketAddress: string;
  /** The client's address: that of the socket, or the one that a believed PROXY header names. */
  readonly peerAddress: string;
  readonly peerPort: number;
  /** `performance.now()` at accept. */
  readonly acceptedAt: number;
}

export interface SocketServerOptions {
  readonly listener: string;
  readonly address: { readonly host: string; readonly port: number };
}

/** What the connections of a time meet. */
export interface ArrivalWay {
  readonly receive: (arrival: Arrival) => void;
  readonly maxConnections: number;
}

export interface SocketServer {
  /** @throws StartError when the system refuses the address. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** What becomes of connections from now on. Those that came before wait for the first call. */
  serve(way: ArrivalWay): void;
  /** Resolves when everything is accepted that has come so far. */
  acceptRest(): Promise<void>;
  /** Stops accepting; resolves when the last connection is gone. */
  close(): Promise<void>;
  destroyConnections(): void;
  connections(): number;
}

export function createSocketServer(
  options: SocketServerOptions,
  deps: { readonly events: EventSink },
): SocketServer {
  const { listener, address } = options;
  const open = new Set<Socket>();
  let waiting: Arrival[] = [];
  let way: ArrivalWay = {
    receive: (arrival) => void waiting.push(arrival),
    maxConnections: MAX_WAITING,
  };
  const server = createServer({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
  });
  server.maxConnections = way.maxConnections;
  // In a worker: else one that is too many is offered to the full workers in turns, without end.
  Object.assign(server, { dropMaxConnection: true });

  server.on('connection', (socket) => {
    const acceptedAt = performance.now();
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // Without it a reset would be an uncaught error; what it means is read from what follows.
    socket.on('error', () => {});
    const socketAddress = plainAddress(socket.remoteAddress);
    way.receive({
      socket,
      socketAddress,
      peerAddress: socketAddress,
      peerPort: socket.remotePort ?? 0,
      acceptedAt,
    });
  });
  server.on('drop', (dropped) => {
    deps.events({
      kind: 'connection_refused',
      listener,
      peerAddress: plainAddress(dropped?.remoteAddress),
      reason: 'overloaded',
      detail: `more than ${way.maxConnections} connections at once`,
    });
  });

  return {
    listen: async () => {
      await new Promise<void>((resolve, reject) => {
        const refused = (error: Error): void => reject(startError(address, error));
        server.once('error', refused);
        server.listen({ host: address.host, port: address.port }, () => {
          server.off('error', refused);
          // Accepting can fail later, when file descriptors run out; the server goes on.
          server.on('error', (error) => deps.events(acceptFailed(listener, error)));
          resolve();
        });
      });
      const { address: host, port } = server.address() as AddressInfo;
      return { host, port };
    },
    serve: (next) => {
      way = next;
      server.maxConnections = next.maxConnections;
      const early = waiting.filter(({ socket }) => !socket.destroyed);
      waiting = [];
      for (const arrival of early) next.receive(arrival);
    },
    acceptRest: () => acceptRest((note) => void server.on('connection', note)),
    close: async () => {
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      // The server is told of the end of a socket before the socket's own listeners are.
      await Promise.all([...open].map((socket) => once(socket, 'close')));
    },
    destroyConnections: () => {
      for (const socket of open) socket.destroy();
    },
    connections: () => open.size,
  };
}

/** IPv4 as such where the system gives it mapped into IPv6, as it does on `::`. */
function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? UNKNOWN_ADDRESS;
}

function acceptFailed(listener: string, error: Error): Parameters<EventSink>[0] {
  return {
    kind: 'notice',
    level: 'error',
    text: 'a connection could not be accepted',
    fields: { listener, detail: visibleText(error.message) },
  };
}

function startError(
  { host, port }: SocketServerOptions['address'],
  error: NodeJS.ErrnoException,
): StartError {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(
        `${place} is in use: stop the program that listens there or choose another address`,
        error,
      );
    case 'EACCES':
    case 'EPERM':
      return new StartError(
        `not permitted to listen on ${place}: choose a port above 1023 or allow this user to bind it`,
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `${host} is no address of this machine: choose one that is, such as 127.0.0.1 or 0.0.0.0`,
        error,
      );
    default:
      return new StartError(`can't listen on ${place}: ${visibleText(error.message)}`, error);
  }
}
