/** Clients that keep their TLS sessions. */

import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { ListenerOptions } from '../../src/listener/listener.ts';
import type { Issued } from '../support/pki.ts';
import type { RunningListener } from './running-listener.ts';

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
export type Version = (typeof VERSIONS)[number];

export const HOUR_MS = 3_600_000;

/** Resumption for everybody. */
export function sessionsOn(secret?: Uint8Array): ListenerOptions['sessions'] {
  return { isOn: true, lifetimeMs: HOUR_MS, secret };
}

export interface Visit {
  readonly socket: TLSSocket;
  /** The session with which the next visit can go on. */
  readonly session: Buffer;
  readonly isResumed: boolean;
}

export interface VisitOptions {
  readonly version: Version;
  /** What is sent, leaf first; no certificate where empty. */
  readonly chain?: readonly Issued[];
  readonly servername?: string;
  readonly session?: Buffer;
}

/** Connects, takes the session that is offered, and stays connected. */
export async function visit(
  t: TestContext,
  { port, ca }: Pick<RunningListener, 'port' | 'ca'>,
  { version, chain = [], servername = 'localhost', session }: VisitOptions,
): Promise<Visit> {
  const [leaf] = chain;
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port,
    ca,
    servername,
    minVersion: version,
    maxVersion: version,
    // Names of these tests are not in the certificate.
    checkServerIdentity: () => undefined,
    ...(leaf && {
      cert: chain.map(({ certificatePem }) => certificatePem).join(''),
      key: leaf.privateKeyPem,
    }),
    ...(session && { session }),
  };
  const socket = connectTls(options);
  t.after(() => socket.destroy());
  const offered = once(socket, 'session') as Promise<[Buffer]>;
  offered.catch(() => {});
  await once(socket, 'secureConnect');
  const isResumed = socket.isSessionReused();
  socket.on('error', () => {});
  socket.resume();
  // Node renews no ticket.
  if (session !== undefined && isResumed) return { socket, session, isResumed };
  const [next] = await offered;
  return { socket, session: next, isResumed };
}
