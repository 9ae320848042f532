/** A client behind a balancer: it has one connection at a time and knows which replica that leads to. */

import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';

import type { Replicas } from './replicas.ts';

export interface BalancedRequest {
  readonly path: string;
  /** A POST of this form; a GET where absent. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BalancedAnswer {
  readonly status: number;
  readonly text: string;
  /** The name of the replica. */
  readonly replica: string;
  /** The body as JSON. Throws when it is none. */
  json(): Record<string, unknown>;
}

/** A request without an answer. */
export class LostRequest extends Error {
  /** Undefined where the handshake was not done. */
  readonly replica: string | undefined;
  /** `performance.now()` when its connection was opened. */
  readonly connectedAt: number;

  constructor(text: string, { replica, connectedAt }: Connection) {
    super(text);
    this.replica = replica;
    this.connectedAt = connectedAt;
  }
}

export interface BalancedClient {
  /** Rejects with LostRequest. */
  ask(asked: BalancedRequest): Promise<BalancedAnswer>;
  /** Ends the connection: the next request has a handshake of its own. */
  leave(): void;
}

interface Connection {
  readonly connectedAt: number;
  replica: string | undefined;
}

export function createBalancedClient({
  port,
  ca,
  client,
}: Pick<Replicas, 'port' | 'ca' | 'client'>): BalancedClient {
  const open = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });
  const connections = new WeakMap<object, Connection>();
  let agent = open();

  const connectionOf = (socket: TLSSocket): Connection => {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { connectedAt: performance.now(), replica: undefined };
    connections.set(socket, connection);
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate();
      connection.replica = new X509Certificate(raw).subject.replace('CN=', '');
    });
    return connection;
  };

  return {
    ask: async ({ path, form, headers }) => {
      const { promise, resolve, reject } = Promise.withResolvers<BalancedAnswer>();
      let connection: Connection = { connectedAt: performance.now(), replica: undefined };
      const failed = (error: Error): void => reject(new LostRequest(error.message, connection));
      const body = new URLSearchParams(form).toString();
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const outgoing = request(
        {
          agent,
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          ca,
          cert: client.certificatePem,
          key: client.privateKeyPem,
          path,
          ...(form !== undefined && { method: 'POST' }),
          headers: {
            ...(form !== undefined && { ...type, 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', failed);
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: incoming.statusCode ?? 0,
              text,
              replica: connection.replica ?? '',
              json: () => JSON.parse(text) as Record<string, unknown>,
            });
          });
        },
      );
      outgoing.on('socket', (socket) => (connection = connectionOf(socket as TLSSocket)));
      outgoing.on('error', failed);
      outgoing.end(body);
      return promise;
    },
    leave: () => {
      agent.destroy();
      agent = open();
    },
  };
}
