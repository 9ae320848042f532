/** What a server of `node:http` with its own settings reads; the reference of the reference. */

import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { createClientConnections } from './client-connection.ts';
import type { ClientConnection } from './client-connection.ts';
import type { SeenMessage } from './message.ts';

export interface NodeServer {
  read(pieces: readonly Buffer[]): Promise<readonly SeenMessage[]>;
  close(): void;
}

interface Reading {
  readonly seen: SeenMessage[];
  readonly connection: ClientConnection;
}

export function createNodeServer(): NodeServer {
  const connections = createClientConnections();
  const reads = new Map<Duplex, Reading>();
  const server = createServer({
    insecureHTTPParser: false,
    // Our engine demands it as well; the parser by itself does not.
    requireHostHeader: false,
    shouldUpgradeCallback: () => true,
  });
  server.maxHeadersCount = 0;

  const receive = (request: IncomingMessage): Promise<void> => {
    const { seen, connection } = reads.get(request.socket) ?? {};
    if (seen === undefined || connection === undefined) throw new Error('not read by anybody');
    const { method = '', url = '', rawHeaders } = request;
    const message = { start: `${method} ${url}`, fields: rawHeaders, body: '', isWhole: false };
    seen.push(message);
    connection.progressed();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    request.on('data', (piece: Buffer) => {
      message.body += piece.toString('latin1');
      connection.progressed();
    });
    request.once('end', () => {
      message.isWhole = true;
      resolve();
    });
    request.on('error', () => {});
    return over;
  };
  for (const name of ['request', 'checkContinue', 'checkExpectation'] as const) {
    server.on(name, (request, response) => void receive(request).then(() => response.end()));
  }
  for (const name of ['upgrade', 'connect'] as const) {
    server.on(name, (request: IncomingMessage) => void receive(request));
  }
  server.on('clientError', (_error, socket) => socket.destroy());

  return {
    read: async (pieces) => {
      const connection = connections.open(pieces);
      const { socket, over } = connection;
      const seen: SeenMessage[] = [];
      reads.set(socket, { seen, connection });
      server.emit('connection', socket);
      await over;
      reads.delete(socket);
      return seen;
    },
    close: () => void server.close(),
  };
}
