/** A document server on loopback: plain or TLS, counting the connections it got. */

import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

import type { Issued } from '../support/pki.ts';

export interface DocumentServer {
  readonly port: number;
  /** TCP connections so far. */
  readonly connections: () => number;
  readonly requests: readonly IncomingMessage[];
}

/** Closed when the test ends. With `identity` it speaks TLS. */
export async function startDocumentServer(
  t: TestContext,
  respond: RequestListener,
  { identity, host = '127.0.0.1' }: { readonly identity?: Issued; readonly host?: string } = {},
): Promise<DocumentServer> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    respond(request, response);
  };
  const server =
    identity === undefined
      ? createHttpServer(listener)
      : createHttpsServer({ cert: identity.certificatePem, key: identity.privateKeyPem }, listener);
  let connections = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  t.after(async () => {
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections, requests };
}
