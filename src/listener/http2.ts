/**
 * HTTP/2 on secure sockets. Node keeps no time limits for it: one timer checks those of all
 * connections.
 */

import type { TLSSocket } from 'node:tls';
import type { ListenerConfig } from '../config/schema.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import { checkingInterval } from './checking-interval.ts';
import type { HttpEngine } from './http.ts';
import { createHttp2Connection } from './http2-connection.ts';
import type { Http2Connection, Http2ConnectionDeps } from './http2-connection.ts';
import { createRequestIds } from './request-ids.ts';

export interface Http2EngineOptions {
  readonly limits: ListenerConfig['limits'];
}

export function createHttp2Engine(
  { limits }: Http2EngineOptions,
  deps: Omit<Http2ConnectionDeps, 'limits' | 'nextRequestId'>,
): HttpEngine {
  const nextRequestId = createRequestIds();
  const connections = new Set<Http2Connection>();
  const shortest = Math.min(limits.header_timeout, limits.request_timeout, limits.idle_timeout);
  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.check(now);
  }, checkingInterval(shortest));
  // Connections keep the process going, the timer alone must not.
  timer.unref();

  return {
    serve: (socket: TLSSocket, facts: ConnectionFacts) => {
      const connection = createHttp2Connection(socket, facts, { ...deps, limits, nextRequestId });
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
    },
    closeIdle: () => {
      for (const connection of connections) connection.endIfUsed();
    },
    closeUnused: () => {
      for (const connection of connections) connection.destroyUnlessBusy();
    },
    close: () => clearInterval(timer),
  };
}
