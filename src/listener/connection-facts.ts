/** What is known of a connection once its handshake has finished. Read once, then frozen. */

import type { TLSSocket } from 'node:tls';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { Arrival } from './socket.ts';

/** One more than the path rules take, so that they see that there were too many. */
const MAX_CERTIFICATES = 11;

export interface FactsOptions {
  readonly listener: string;
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
}

/** Reads the facts of a TLS socket in its `secureConnection` event. */
export function readConnectionFacts(
  socket: TLSSocket,
  arrival: Arrival,
  options: FactsOptions,
): ConnectionFacts {
  const certificates =
    options.clientCertificate === 'off' ? [] : sentCertificates(socket, MAX_CERTIFICATES);
  return Object.freeze({
    listener: options.listener,
    clientCertificateMode: options.clientCertificate,
    peerAddress: arrival.peerAddress,
    peerPort: arrival.peerPort,
    socketAddress: arrival.socketAddress,
    tlsProtocol: socket.getProtocol() ?? 'unknown',
    httpProtocol: socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
    serverName: serverName(socket),
    certificates: Object.freeze(certificates),
    handshakeMs: performance.now() - arrival.acceptedAt,
  });
}

/**
 * The links of `issuerCertificate` are the order of the certificates as sent; they say nothing of
 * who issued what. `getPeerCertificate(true)` would reorder, drop and add certificates.
 */
function sentCertificates(socket: TLSSocket, max: number): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let link = socket.getPeerX509Certificate();
  while (link !== undefined && certificates.length < max) {
    certificates.push(link.raw);
    link = link.issuerCertificate;
  }
  return certificates;
}

function serverName(socket: TLSSocket): string | undefined {
  const name: unknown = socket.servername;
  return typeof name === 'string' && name !== '' ? name.toLowerCase() : undefined;
}
