/** HTTP/1.1 on secure sockets. */

import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ListenerConfig } from '../config/schema.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import { createAnswerHeads } from './answer-text.ts';
import { createCheckedConnections } from './checked-connections.ts';
import { HttpConnection } from './http-connection.ts';
import type { HttpConnectionDeps } from './http-connection.ts';
import { createRequestIds } from './request-ids.ts';

export interface HttpEngineOptions {
  readonly limits: ListenerConfig['limits'];
  readonly takesUpgrades: boolean;
}

export interface HttpEngine<Socket extends Duplex = TLSSocket> {
  serve(socket: Socket, facts: ConnectionFacts): void;
  /** Ends the connections that wait between two requests. */
  closeIdle(): void;
  /** Ends every connection without a request in the hands of the handler. */
  closeUnused(): void;
  /** Stops the timers, when all connections are gone. */
  close(): void;
}

type SharedByConnections = 'limits' | 'nextRequestId' | 'takesUpgrades' | 'writeHead';

export function createHttpEngine(
  { limits, takesUpgrades }: HttpEngineOptions,
  deps: Omit<HttpConnectionDeps, SharedByConnections>,
): HttpEngine<Duplex> {
  const shared: HttpConnectionDeps = {
    ...deps,
    limits,
    takesUpgrades,
    nextRequestId: createRequestIds(),
    writeHead: createAnswerHeads({ idleMs: limits.idle_timeout }),
  };
  const connections = createCheckedConnections<HttpConnection>(limits);

  return {
    serve: (socket, facts) => {
      connections.add(socket, new HttpConnection(socket, facts, shared));
    },
    closeIdle: () => {
      for (const connection of connections.open) connection.endIfIdle();
    },
    closeUnused: connections.destroyUnused,
    close: connections.close,
  };
}
