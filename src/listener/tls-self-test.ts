/**
 * Tries at the start what the rest relies on and what has differed between builds of Node: that the
 * whole chain of a client is told in its order (Node 24.21.0 lost all but the leaf), that no session
 * is resumed where none may be, and that a resumed one brings back the certificates it began with.
 */

import { once } from 'node:events';
import { connect } from 'node:tls';
import { StartError } from '../errors.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import { createListener } from './listener.ts';
import { mintSelfTestWorld } from './self-test-world.ts';
import type { SelfTestWorld } from './self-test-world.ts';

/** All handshakes together take some 50 ms; a start on a machine that is busy all over must not fail. */
const TIME_LIMIT_MS = 60_000;
const HOUR_MS = 3_600_000;

const LIMITS = {
  handshake_timeout: TIME_LIMIT_MS,
  header_timeout: TIME_LIMIT_MS,
  request_timeout: TIME_LIMIT_MS,
  idle_timeout: TIME_LIMIT_MS,
  tunnel_idle_timeout: TIME_LIMIT_MS,
  max_header_bytes: 4_096,
  max_connections: 16,
  max_pending_handshakes: 16,
  exempt_addresses: [],
  max_body_bytes: 16_777_216,
};

export interface SelfTestOptions {
  /** Whether any listener resumes the sessions of clients with certificates. */
  readonly resumes: boolean;
}

/** @throws StartError naming what this build of Node does otherwise. */
export async function testTls({ resumes }: SelfTestOptions): Promise<void> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const world = await mintSelfTestWorld();
  for (const isOn of resumes ? [false, true] : [false]) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const [first, second] = await connectTwice(world, { version, isOn, signal });
      const expected = world.chain.map(hex).join();
      if (first.isResumed || chainText(first) !== expected) {
        throw misbehaves(`${version}: the chain of a client is not told as it was sent`);
      }
      if (second.isResumed !== isOn) {
        throw misbehaves(`${version}: a session is ${isOn ? 'not ' : ''}resumed`);
      }
      if (chainText(second) !== expected) {
        throw misbehaves(`${version}: the chain is lost on a second connection`);
      }
    }
  }
}

/** One full handshake, then one with the session of the first. */
async function connectTwice(
  { server, client }: SelfTestWorld,
  how: {
    readonly version: 'TLSv1.2' | 'TLSv1.3';
    readonly isOn: boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly [ConnectionFacts, ConnectionFacts]> {
  const { version, isOn, signal } = how;
  const secured: ConnectionFacts[] = [];
  const failures: string[] = [];
  const listener = createListener(
    {
      name: 'self-test',
      address: { host: '127.0.0.1', port: 0 },
      identity: { ...server, clientCertificate: 'want' },
      named: [],
      sessions: { isOn, lifetimeMs: HOUR_MS, secret: undefined },
      shownCaPems: [],
      tlsMinVersion: version,
      http2: true,
      takesUpgrades: false,
      limits: LIMITS,
    },
    {
      handle: async () => {},
      onSecure: (facts) => void secured.push(facts),
      events: (event) => {
        if (event.kind === 'handshake_failed') failures.push(event.detail);
      },
    },
  );
  const { port } = await listener.listen();
  const connectOnce = async (session?: Buffer): Promise<Buffer | undefined> => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: server.certificatePem,
      cert: client.certificatePem,
      key: client.privateKeyPem,
      minVersion: version,
      maxVersion: version,
      ...(session && { session }),
    });
    let latest: Buffer | undefined;
    socket.on('session', (given: Buffer) => (latest = given));
    // Answered 400 and closed: by then everything of the handshake has been read.
    socket.once('secureConnect', () => socket.write('\r\n\r\nbye\r\n\r\n'));
    socket.resume();
    try {
      await once(socket, 'close', { signal });
    } finally {
      socket.destroy();
    }
    return latest;
  };
  let cause: unknown;
  try {
    await connectOnce(await connectOnce());
  } catch (error) {
    cause = error;
  } finally {
    await listener.stop(0);
  }
  const [first, second] = secured;
  if (first !== undefined && second !== undefined) return [first, second];
  const why = failures[0] ?? (cause instanceof Error ? cause.message : 'it is not told');
  throw misbehaves(`${version}: a handshake on 127.0.0.1 fails: ${why}`, cause);
}

function chainText({ certificates }: ConnectionFacts): string {
  return certificates.map(hex).join();
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

function misbehaves(what: string, cause?: unknown): StartError {
  return new StartError(`TLS of Node ${process.version} can't be relied on: ${what}`, cause);
}
