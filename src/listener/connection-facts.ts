/** What is known of a connection once its handshake has finished. Read once, then frozen. */

import type { TLSSocket } from 'node:tls';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { HandshakeFailure } from './handshake-failure.ts';
import type { Chain } from './session-record.ts';
import type { Arrival } from './socket.ts';
import { visibleText } from './visible-text.ts';

/** One more than the path rules take, so that they see that there were too many. */
const MAX_CERTIFICATES = 11;

/** What the ClientHello was seen to say, where somebody looked. */
export interface SeenHello {
  /** `unreadable`: whatever OpenSSL reads in it, the connection must not pass. */
  readonly serverName: { readonly name: string | undefined } | 'unreadable';
  /** The whole chains of the sessions that may be resumed. */
  readonly chains: readonly Chain[];
}

export interface FactsOptions {
  readonly listener: string;
  readonly virtualHost: string | undefined;
  readonly clientCertificate: ConnectionFacts['clientCertificateMode'];
  readonly resumes: boolean;
}

export type FactsOutcome =
  | { readonly facts: ConnectionFacts }
  | { readonly refusal: HandshakeFailure };

/** Reads the facts of a TLS socket in its `secureConnection` event, or says why it must not pass. */
export function readConnectionFacts(
  socket: TLSSocket,
  { arrival, hello }: { readonly arrival: Arrival; readonly hello: SeenHello | undefined },
  { listener, virtualHost, clientCertificate, resumes }: FactsOptions,
): FactsOutcome {
  const isResumed = socket.isSessionReused();
  if (isResumed && !resumes)
    return { refusal: incomplete('a session was resumed where none may be') };
  const serverName = serverNameOf(socket, hello);
  if (serverName === 'ambiguous') return { refusal: ambiguousName(socket) };
  // A resumed session has the leaf only.
  const max = isResumed ? 1 : MAX_CERTIFICATES;
  const sent = clientCertificate === 'off' ? [] : sentCertificates(socket, max);
  const certificates = isResumed ? originalChain(sent, hello?.chains ?? []) : sent;
  if (certificates === undefined)
    return { refusal: incomplete('the chain of a resumed session is not known') };
  const facts = Object.freeze({
    listener,
    virtualHost,
    clientCertificateMode: clientCertificate,
    peerAddress: arrival.peerAddress,
    peerPort: arrival.peerPort,
    socketAddress: arrival.socketAddress,
    tlsProtocol: socket.getProtocol() ?? 'unknown',
    httpProtocol: socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
    serverName: serverName.name?.toLowerCase(),
    isResumed,
    certificates: Object.freeze(certificates),
    handshakeMs: performance.now() - arrival.acceptedAt,
  });
  return { facts };
}

/**
 * The links of `issuerCertificate` are the order of the certificates as sent; they say nothing of
 * who issued what. `getPeerCertificate(true)` would reorder, drop and add certificates.
 */
function sentCertificates(socket: TLSSocket, max: number): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let link = socket.getPeerX509Certificate();
  while (link !== undefined) {
    certificates.push(link.raw);
    link = certificates.length < max ? link.issuerCertificate : undefined;
  }
  return certificates;
}

/** What was kept of the full handshake; undefined where none was. */
function originalChain([leaf]: Chain, chains: readonly Chain[]): Chain | undefined {
  if (leaf === undefined) return [];
  return chains.find(([first]) => first !== undefined && Buffer.compare(first, leaf) === 0);
}

/**
 * The name in the ClientHello that we saw must be the one that OpenSSL saw: rules were chosen by it.
 * A second ClientHello, which TLS 1.3 has after a HelloRetryRequest, could name another.
 */
function serverNameOf(
  socket: TLSSocket,
  hello: SeenHello | undefined,
): Exclude<SeenHello['serverName'], 'unreadable'> | 'ambiguous' {
  const told: unknown = socket.servername;
  const name = typeof told === 'string' && told !== '' ? told : undefined;
  if (hello === undefined) return { name };
  const seen = hello.serverName;
  if (seen === 'unreadable') return 'ambiguous';
  // Of a session resumed by TLS 1.2 Node tells `false`, whether the client named a server or not.
  const isUntold = told === false && socket.isSessionReused();
  return isUntold || name?.toLowerCase() === seen.name?.toLowerCase() ? seen : 'ambiguous';
}

function ambiguousName(socket: TLSSocket): HandshakeFailure {
  const detail = `the name ${JSON.stringify(socket.servername)} was not what was seen before`;
  return { reason: 'handshake_server_name_ambiguous', detail: visibleText(detail) };
}

function incomplete(detail: string): HandshakeFailure {
  return { reason: 'handshake_session_incomplete', detail };
}
