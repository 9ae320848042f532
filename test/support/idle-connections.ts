/** Connections with client certificates that are kept open and ask nothing more. */

import { once } from 'node:events';
import { connect, createSecureContext } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import type { LoadTarget } from './load-client.ts';

export interface IdleConnections {
  /** Those that the server has not ended. */
  open(): number;
  /** How many of them ended otherwise than by a close_notify and FIN of the server. */
  readonly broken: () => readonly string[];
  /** Resolves when no more than so many are open. */
  until(left: number): Promise<void>;
  destroy(): void;
}

/** Handshakes under way at once. */
const PARALLEL = 16;

/** Resolves when all are there, each after one request. Rejects when one can't be had. */
export async function holdConnections(
  { port, ca, client }: LoadTarget,
  count: number,
  from: { readonly localAddress?: string } = {},
): Promise<IdleConnections> {
  const secureContext = createSecureContext({
    ca,
    cert: client.certificatePem,
    key: client.privateKeyPem,
  });
  const sockets = new Set<TLSSocket>();
  const broken: string[] = [];
  let changed = Promise.withResolvers<void>();
  let begun = 0;

  const hold = async (): Promise<void> => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      secureContext,
      ...from,
    });
    await once(socket, 'secureConnect');
    socket.write('GET /oauth2/jwks HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'data');
    // Read on, or the end is never seen.
    socket.resume();
    sockets.add(socket);
    socket.on('error', ({ message }) => broken.push(message));
    socket.once('close', () => {
      sockets.delete(socket);
      changed.resolve();
      changed = Promise.withResolvers();
    });
  };
  const holder = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await hold();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, holder));
  return {
    open: () => sockets.size,
    broken: () => broken,
    until: async (left) => {
      while (sockets.size > left) await changed.promise;
    },
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
