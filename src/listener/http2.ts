/**
 * HTTP/2 on secure sockets. Node keeps no time limits for it: one timer checks those of all
 * connections.
 */

import type { TLSSocket } from 'node:tls';
import type { ListenerConfig } from '../config/schema.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import { createCheckedConnections } from './checked-connections.ts';
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
  const connections = createCheckedConnections<Http2Connection>(limits);

  return {
    serve: (socket: TLSSocket, facts: ConnectionFacts) => {
      connections.add(
        socket,
        createHttp2Connection(socket, facts, { ...deps, limits, nextRequestId }),
      );
    },
    closeIdle: () => {
      for (const connection of connections.open) connection.endIfUsed();
    },
    closeUnused: connections.destroyUnused,
    close: connections.close,
  };
}
