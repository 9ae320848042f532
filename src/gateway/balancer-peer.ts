/**
 * Which connections are those of the load balancer in front of a listener: by the address of its own
 * socket, and by its own certificate where one is configured. Nobody else is believed.
 */

import { parseCertificate } from '../certificate/parse.ts';
import { publicKeyPinOf } from '../certificate/thumbprint.ts';
import { validityProblem } from '../certificate/validity.ts';
import type { ClientCertificate } from '../certificate/client-certificate.ts';
import type { AddressSet } from '../http/address-set.ts';
import type { ConnectionFacts } from '../http/exchange.ts';

/** `foreign_certificate`: the address fits, and the certificate is not the balancer's, or out of date. */
export type PeerStanding = 'balancer' | 'foreign_address' | 'foreign_certificate';

export interface BalancerIdentity {
  readonly peers: AddressSet;
  /**
   * SHA-256, base64url, of the balancer's certificate or of its public key, of which no two can be
   * alike; empty where its address alone names it.
   */
  readonly certificates: ReadonlySet<string>;
  readonly clockSkewMs: number;
}

/** `now` in milliseconds since the epoch. What is returned never throws. */
export function createBalancerCheck(
  { peers, certificates, clockSkewMs }: BalancerIdentity,
  now: () => number,
): (connection: ConnectionFacts) => PeerStanding {
  const named = new WeakMap<ConnectionFacts, ClientCertificate | 'another'>();

  const namedCertificate = (connection: ConnectionFacts): ClientCertificate | 'another' => {
    const known = named.get(connection);
    if (known !== undefined) return known;
    const [leaf] = connection.certificates;
    const own = leaf === undefined ? undefined : readOwn(leaf);
    const isNamed =
      own !== undefined &&
      (certificates.has(own.thumbprint) || certificates.has(publicKeyPinOf(own.publicKey)));
    const found = isNamed ? own : 'another';
    named.set(connection, found);
    return found;
  };

  return (connection) => {
    // Never `peerAddress`: a PROXY header names it, and that of an X-Forwarded-For anyone can.
    if (!peers.has(connection.socketAddress)) return 'foreign_address';
    if (certificates.size === 0) return 'balancer';
    const certificate = namedCertificate(connection);
    if (certificate === 'another') return 'foreign_certificate';
    // At every request: a balancer keeps its connections longer than its certificate may live.
    const isOutOfDate = validityProblem(certificate, now(), clockSkewMs) !== undefined;
    return isOutOfDate ? 'foreign_certificate' : 'balancer';
  };
}

function readOwn(der: Uint8Array): ClientCertificate | undefined {
  try {
    return parseCertificate(der);
  } catch {
    return undefined;
  }
}
