/**
 * TLS: turns an accepted socket into a secure one, or into one event that says why not.
 *
 * The engine is a `tls.Server` that never listens: sockets are put into it. It proves that the
 * client holds the key of the certificate it sent and nothing more; whom to trust is decided
 * elsewhere, so `rejectUnauthorized` is always false.
 */

import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import { StartError } from '../errors.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import { readConnectionFacts } from './connection-facts.ts';
import { handshakeFailure, isPlainHttp } from './handshake-failure.ts';
import type { HandshakeFailure } from './handshake-failure.ts';
import { plainHttpRefusal } from './refusal.ts';
import type { Arrival } from './socket.ts';
import { visibleText } from './visible-text.ts';

/** Forward secrecy and authenticated encryption only (RFC 9325 section 4.2). */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const TOO_LATE: HandshakeFailure = {
  reason: 'handshake_timeout',
  detail: 'the handshake was not over in time',
};

export interface TlsEngineOptions {
  readonly listener: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
  /** CAs whose names are shown to clients, one certificate each. What they vouch for is not asked. */
  readonly shownCaPems: readonly string[];
  readonly tlsMinVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly handshakeTimeoutMs: number;
  /** The protocols agreed on by ALPN, in the order they are preferred. */
  readonly alpnProtocols: readonly string[];
}

export interface TlsEngineDeps {
  readonly onSecure: (socket: TLSSocket, facts: ConnectionFacts) => void;
  readonly events: EventSink;
}

export interface TlsEngine {
  /** Exactly one of `onSecure` and a `handshake_failed` event follows. */
  handshake(arrival: Arrival): void;
  /** Gives up the handshakes that are under way. */
  abort(): void;
}

/** @throws StartError when certificate, key or a CA can't be used. */
export function createTlsEngine(options: TlsEngineOptions, deps: TlsEngineDeps): TlsEngine {
  const pending = new Map<Socket, Arrival>();
  const server = openServer(options);

  const fail = (socket: Socket, { reason, detail }: HandshakeFailure): void => {
    const arrival = pending.get(socket);
    if (arrival === undefined) return;
    pending.delete(socket);
    socket.destroy();
    deps.events({
      kind: 'handshake_failed',
      listener: options.listener,
      peerAddress: arrival.peerAddress,
      socketAddress: arrival.socketAddress,
      durationSeconds: (performance.now() - arrival.acceptedAt) / 1_000,
      reason,
      detail,
    });
  };

  server.on('secureConnection', (socket) => {
    const raw = socketBelow(socket);
    const arrival = raw && pending.get(raw);
    if (raw === undefined || arrival === undefined) {
      socket.destroy();
      return;
    }
    let facts: ConnectionFacts;
    try {
      facts = readConnectionFacts(socket, arrival, {
        listener: options.listener,
        clientCertificate: options.clientCertificate,
      });
    } catch (error) {
      const detail = visibleText(error instanceof Error ? error.message : 'unknown');
      fail(raw, { reason: 'handshake_certificate_unreadable', detail });
      return;
    }
    pending.delete(raw);
    deps.onSecure(socket, facts);
  });
  server.on('tlsClientError', (error, socket) => {
    const raw = socketBelow(socket);
    if (raw !== undefined) {
      if (isPlainHttp(error) && raw.writable) raw.write(plainHttpRefusal());
      fail(raw, handshakeFailure(error));
    }
    // Node closes the socket of most failures, but not of a handshake that took too long.
    socket.destroy();
  });

  return {
    handshake: (arrival) => {
      const { socket } = arrival;
      pending.set(socket, arrival);
      // The engine counts from here; a PROXY header has already taken its part of the time.
      const leftMs = options.handshakeTimeoutMs - (performance.now() - arrival.acceptedAt);
      const deadline = setTimeout(() => fail(socket, TOO_LATE), leftMs);
      socket.once('close', () => {
        clearTimeout(deadline);
        fail(socket, { reason: 'handshake_reset', detail: 'closed before the handshake was over' });
      });
      server.emit('connection', socket);
    },
    abort: () => {
      for (const socket of pending.keys()) {
        fail(socket, { reason: 'shutting_down', detail: 'the listener stops' });
      }
    },
  };
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
  const asksForCertificates = options.clientCertificate !== 'off';
  return {
    cert: options.certificatePem,
    key: options.privateKeyPem,
    // Always given: when absent or empty text, the public roots and NODE_EXTRA_CA_CERTS count.
    ca: [...options.shownCaPems],
    requestCert: asksForCertificates,
    rejectUnauthorized: false,
    minVersion: options.tlsMinVersion,
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // What a connection is must not change under a request, and a resumed session would bring a
    // certificate back that nobody has checked since. Listening for `newSession` or
    // `resumeSession` would undo it.
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION | (asksForCertificates ? constants.SSL_OP_NO_TICKET : 0),
    ALPNProtocols: [...options.alpnProtocols],
    handshakeTimeout: options.handshakeTimeoutMs,
  };
}

/** Node takes an empty certificate or CA without a word and then fails every handshake. */
function openServer(options: TlsEngineOptions): Server {
  try {
    const certificate = new X509Certificate(options.certificatePem);
    for (const pem of options.shownCaPems) new X509Certificate(pem);
    if (!certificate.checkPrivateKey(createPrivateKey(options.privateKeyPem))) {
      throw new Error('the private key belongs to another certificate');
    }
    return createServer(tlsOptions(options));
  } catch (error) {
    const detail = visibleText(error instanceof Error ? error.message : 'unknown');
    throw new StartError(
      `listener "${options.listener}": certificate, key or client CA can't be used: ${detail}`,
      error,
    );
  }
}
