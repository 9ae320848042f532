/**
 * TLS: turns an accepted socket into a secure one, or into one event that says why not.
 *
 * The engine is a `tls.Server` that never listens: sockets are put into it. It proves that the
 * client holds the key of the certificate it sent and nothing more; whom to trust is decided
 * elsewhere, so `rejectUnauthorized` is always false.
 */

import { constants, createPrivateKey, hash, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import { StartError } from '../errors.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import { readConnectionFacts } from './connection-facts.ts';
import type { FactsOutcome, SeenHello } from './connection-facts.ts';
import { handshakeFailure, isPlainHttp } from './handshake-failure.ts';
import { limitKeyUpdates } from './key-updates.ts';
import type { PendingHandshakes } from './pending-handshakes.ts';
import { plainHttpRefusal } from './refusal.ts';
import type { Arrival } from './socket.ts';
import { visibleText } from './visible-text.ts';

/** Forward secrecy and authenticated encryption only; of TLS 1.2 those that RFC 9325 section 4.2 names. */
const RECOMMENDED_CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

/** As good, and faster where a client has no AES in hardware. */
const CIPHERS = [
  ...RECOMMENDED_CIPHERS,
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

export interface TlsEngineOptions {
  readonly listener: string;
  /** The first name of the `server_names` entry that the engine is for. */
  readonly virtualHost: string | undefined;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
  /** CAs whose names are shown to clients, one certificate each. What they vouch for is not asked. */
  readonly shownCaPems: readonly string[];
  readonly tlsMinVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Whether TLS 1.2 is held to the four cipher suites that RFC 9325 section 4.2 recommends. */
  readonly onlyRecommendedCiphers?: boolean | undefined;
  readonly handshakeTimeoutMs: number;
  /** The protocols agreed on by ALPN, in the order they are preferred. */
  readonly alpnProtocols: readonly string[];
  /** How long a session may be resumed; undefined where none may. */
  readonly sessionLifetimeMs: number | undefined;
}

export interface TlsEngineDeps {
  readonly pending: PendingHandshakes;
  readonly onSecure: (socket: TLSSocket, facts: ConnectionFacts) => void;
  readonly events: EventSink;
}

export interface TlsEngine {
  /** Goes on with a pending connection; its end is `onSecure` or the event of a failure. */
  handshake(socket: Socket, hello: SeenHello | undefined): void;
  setTicketKeys(keys: Buffer): void;
}

/** @throws StartError when certificate, key or a CA can't be used. */
export function createTlsEngine(
  options: TlsEngineOptions,
  { pending, onSecure, events }: TlsEngineDeps,
): TlsEngine {
  const { listener, virtualHost, clientCertificate, sessionLifetimeMs } = options;
  const resumes = sessionLifetimeMs !== undefined;
  const hellos = new WeakMap<Socket, SeenHello>();
  const server = openServer(options);

  const tellKeyUpdates = (socket: TLSSocket, { peerAddress }: Arrival): void =>
    limitKeyUpdates(socket, (detail) => {
      socket.destroy();
      const reason = 'connection_key_updates';
      events({ kind: 'connection_refused', listener, peerAddress, reason, detail });
    });

  server.on('secureConnection', (socket) => {
    const raw = socketBelow(socket);
    const arrival = raw && pending.find(raw);
    if (raw === undefined || arrival === undefined) {
      socket.destroy();
      return;
    }
    const outcome = factsOf(() =>
      readConnectionFacts(
        socket,
        { arrival, hello: hellos.get(raw) },
        { listener, virtualHost, clientCertificate, resumes },
      ),
    );
    if ('refusal' in outcome) {
      pending.fail(raw, outcome.refusal);
      return;
    }
    pending.settle(raw);
    tellKeyUpdates(socket, arrival);
    onSecure(socket, outcome.facts);
  });
  server.on('tlsClientError', (error, socket) => {
    const raw = socketBelow(socket);
    if (raw !== undefined) {
      if (isPlainHttp(error) && raw.writable) raw.write(plainHttpRefusal());
      pending.fail(raw, handshakeFailure(error));
    }
    // Node closes the socket of most failures, but not of a handshake that took too long.
    socket.destroy();
  });

  return {
    handshake: (socket, hello) => {
      if (hello !== undefined) hellos.set(socket, hello);
      server.emit('connection', socket);
    },
    setTicketKeys: (keys) => {
      server.setTicketKeys(keys);
    },
  };
}

function factsOf(read: () => FactsOutcome): FactsOutcome {
  try {
    return read();
  } catch (error) {
    const detail = visibleText(error instanceof Error ? error.message : 'unknown');
    return { refusal: { reason: 'handshake_certificate_unreadable', detail } };
  }
}

/**
 * The TCP socket that a TLS socket was made from. Node has no public way back: the peer's address
 * and port are gone when they are needed most, after a reset, and can come again on a new
 * connection while the old one still has events to tell. `_parent` is what Node's own timers walk
 * along (net.js). Should it vanish, every handshake is refused here, and the tests say so.
 */
function socketBelow(socket: TLSSocket): Socket | undefined {
  return (socket as TLSSocket & { readonly _parent?: Socket })._parent;
}

function tlsOptions(options: TlsEngineOptions): TlsOptions {
  const { listener, virtualHost, sessionLifetimeMs } = options;
  return {
    cert: options.certificatePem,
    key: options.privateKeyPem,
    // Always given: when absent or empty text, the public roots and NODE_EXTRA_CA_CERTS count.
    ca: [...options.shownCaPems],
    requestCert: options.clientCertificate !== 'off',
    rejectUnauthorized: false,
    minVersion: options.tlsMinVersion,
    maxVersion: 'TLSv1.3',
    ciphers: (options.onlyRecommendedCiphers === true ? RECOMMENDED_CIPHERS : CIPHERS).join(':'),
    honorCipherOrder: true,
    // What a connection is must not change under a request. Listening for `newSession` or
    // `resumeSession` would resume sessions in spite of NO_TICKET, behind the back of the record.
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION |
      (sessionLifetimeMs === undefined ? constants.SSL_OP_NO_TICKET : 0),
    ...(sessionLifetimeMs !== undefined && {
      sessionTimeout: Math.max(1, Math.floor(sessionLifetimeMs / 1_000)),
      // Node's own would differ between gateways that were started with different arguments.
      sessionIdContext: hash('sha256', JSON.stringify([listener, virtualHost])).slice(0, 32),
    }),
    ALPNProtocols: [...options.alpnProtocols],
    handshakeTimeout: options.handshakeTimeoutMs,
  };
}

/**
 * The server with its protocols in another form. Node copies them for each connection: octets to the
 * memory that it shares out, of which every connection keeps up to 64 kB then, and anything else that
 * views memory to some of its own. Where a later Node looks for them elsewhere, it has them from the
 * options, too.
 */
function withProtocols(server: Server, names: readonly string[]): Server {
  // As TLS writes them (RFC 7301 section 3.1).
  const octets = names.flatMap((name) => [name.length, ...Buffer.from(name, 'latin1')]);
  return Object.assign(server, { ALPNProtocols: new DataView(Uint8Array.from(octets).buffer) });
}

/** Node takes an empty certificate or CA without a word and then fails every handshake. */
function openServer(options: TlsEngineOptions): Server {
  try {
    const certificate = new X509Certificate(options.certificatePem);
    for (const pem of options.shownCaPems) new X509Certificate(pem);
    if (!certificate.checkPrivateKey(createPrivateKey(options.privateKeyPem))) {
      throw new Error('the private key belongs to another certificate');
    }
    return withProtocols(createServer(tlsOptions(options)), options.alpnProtocols);
  } catch (error) {
    const detail = visibleText(error instanceof Error ? error.message : 'unknown');
    throw new StartError(
      `listener "${options.listener}": certificate, key or client CA can't be used: ${detail}`,
      error,
    );
  }
}
