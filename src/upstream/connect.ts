/** Opens connections to the upstream; its certificate is always verified. */

import { connect as connectTcp, isIP } from 'node:net';
import type { OnReadOpts, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

import { connectTimedOut, connectionCut } from './failure.ts';
import { Reading, createRoom } from './reading.ts';

export interface ConnectOptions {
  /** Such as `https://idp.internal:8443`. */
  readonly origin: string;
  /** Connect to this Unix socket instead of the origin's address. */
  readonly socketPath?: string;
  /** PEM certificates of the only CAs to believe; undefined: the public roots. */
  readonly caPems?: readonly string[];
  readonly connectTimeoutMs: number;
}

export interface Connected {
  /** Has no `data`: all that comes goes to `reading`. */
  readonly socket: Socket;
  readonly reading: Reading;
}

/** Resolves to a connection that can be written to. One on which the upstream speaks first fails. */
export type Connect = () => Promise<Connected>;

export function createConnect(options: ConnectOptions): Connect {
  const { protocol, hostname, port } = new URL(options.origin);
  const isTls = protocol === 'https:';
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const address =
    options.socketPath === undefined
      ? { host, port: port === '' ? (isTls ? 443 : 80) : Number(port) }
      : { path: options.socketPath };
  const tls: ConnectionOptions = {
    ...address,
    // For IP addresses there is no name to ask for; they are compared all the same.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...(options.caPems && { ca: [...options.caPems] }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  };
  const room = createRoom();
  /** The latest, so that a new connection need not begin from nothing. */
  let session: Buffer | undefined;

  return () => {
    const { promise, resolve, reject } = Promise.withResolvers<Connected>();
    const reading = new Reading(room, () => {
      socket.destroy(connectionCut('the upstream spoke before it was asked'));
    });
    const { onread } = reading;
    // The types of Node know `onread` for TCP only; TLS hands it on.
    const tlsOptions: ConnectionOptions & { readonly onread: OnReadOpts } = { ...tls, onread };
    const socket: Socket = isTls
      ? connectTls({ ...tlsOptions, ...(session && { session }) })
      : connectTcp({ ...address, onread });
    const timer = setTimeout(
      () => socket.destroy(connectTimedOut(options.connectTimeoutMs)),
      options.connectTimeoutMs,
    );
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('error', reject).off('close', closed);
    };
    const closed = (): void => reject(connectTimedOut(options.connectTimeoutMs));
    socket.setNoDelay(true);
    socket.once('error', reject).once('close', closed);
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve({ socket, reading }));
    if (isTls) socket.on('session', (latest: Buffer) => (session = latest));
    return promise.finally(settle);
  };
}
