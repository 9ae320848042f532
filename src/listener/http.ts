/**
 * HTTP/1.1 on secure sockets. The engine is a `node:http` server that never listens: sockets are
 * put into it, so what Node does on `listening` must be asked for.
 */

import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ListenerConfig } from '../config/schema.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import { checkingInterval } from './checking-interval.ts';
import { createHttpConnection } from './http-connection.ts';
import type { HttpConnection, HttpConnectionDeps } from './http-connection.ts';
import { createRequestIds } from './request-ids.ts';

export interface HttpEngineOptions {
  readonly limits: ListenerConfig['limits'];
  readonly takesUpgrades: boolean;
}

type SharedByConnections = Pick<
  HttpConnectionDeps,
  'nextRequestId' | 'stallMs' | 'tunnelIdleMs' | 'takesUpgrades'
>;

export interface HttpEngine {
  serve(socket: TLSSocket, facts: ConnectionFacts): void;
  /** Ends the connections that wait between two requests. */
  closeIdle(): void;
  /** Ends every connection without a request in the hands of the handler. */
  closeUnused(): void;
  /** Stops the timers, when all connections are gone. */
  close(): void;
}

export function createHttpEngine(
  { limits, takesUpgrades }: HttpEngineOptions,
  deps: Omit<HttpConnectionDeps, keyof SharedByConnections>,
): HttpEngine {
  const shared: SharedByConnections = {
    nextRequestId: createRequestIds(),
    // A client has as long to take what is ready for it as it has to send a request.
    stallMs: limits.request_timeout,
    tunnelIdleMs: limits.tunnel_idle_timeout,
    takesUpgrades,
  };
  const connections = new Map<Duplex, HttpConnection>();
  // Node refuses a header timeout that is longer than the one of the whole request.
  const headersTimeout = Math.min(limits.header_timeout, limits.request_timeout);
  const server = createServer({
    maxHeaderSize: limits.max_header_bytes,
    headersTimeout,
    requestTimeout: limits.request_timeout,
    keepAliveTimeout: limits.idle_timeout,
    connectionsCheckingInterval: checkingInterval(headersTimeout),
    // Given, since NODE_OPTIONS could set it.
    insecureHTTPParser: false,
    // Refused by us, with an answer and an event.
    requireHostHeader: false,
    // Never as a plain request: what follows its head is no HTTP any more.
    shouldUpgradeCallback: () => true,
  });
  // The fields are counted by us; the parser's own limit has hidden fields before (CVE-2026-58044).
  server.maxHeadersCount = 0;

  const find = (socket: Duplex): HttpConnection | undefined => {
    const connection = connections.get(socket);
    if (connection === undefined) socket.destroy();
    return connection;
  };
  const receiveUpgrade = (request: IncomingMessage, stream: Duplex, early: Buffer): void =>
    find(request.socket)?.receiveUpgrade(request, stream, early);

  for (const name of ['request', 'checkContinue', 'checkExpectation'] as const) {
    server.on(name, (request, response) => find(request.socket)?.receive(request, response));
  }
  server.on('connect', receiveUpgrade);
  server.on('upgrade', receiveUpgrade);
  server.on('clientError', (error, socket) => find(socket)?.parserFailed(error));
  // Starts the list of connections and the checks of header and request time.
  server.emit('listening');

  return {
    serve: (socket, facts) => {
      connections.set(socket, createHttpConnection(socket, facts, { ...deps, ...shared }));
      socket.once('close', () => connections.delete(socket));
      server.emit('connection', socket);
    },
    // Node's own list of idle connections also has those whose first request is on its way.
    closeIdle: () => {
      for (const connection of connections.values()) connection.endIfIdle();
    },
    closeUnused: () => {
      for (const connection of connections.values()) connection.destroyUnlessBusy();
    },
    close: () => void server.close(),
  };
}
