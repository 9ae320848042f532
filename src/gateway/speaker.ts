/** Whose certificates speak for a request: those of its connection, or those a load balancer tells. */

import { CertificateError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { AddressSet } from '../http/address-set.ts';
import type { ConnectionFacts, Exchange, HeaderList } from '../http/exchange.ts';
import { readForwarding } from '../http/forwarding.ts';
import type { Forwarding } from '../http/forwarding.ts';
import type { Call } from '../oauth/call.ts';
import type { CertificateHeaderUse } from '../telemetry/events.ts';
import type { PresentedChain } from '../trust/reading.ts';
import type { PeerStanding } from './balancer-peer.ts';

export interface LoadBalancer {
  /** Whether the connection is one of the balancer's. */
  readonly standing: (connection: ConnectionFacts) => PeerStanding;
  /** The addresses that X-Forwarded-For may name without being the client's. */
  readonly hops: AddressSet;
  /** Whether its TLS certificate is the balancer's own, and never that of a client. */
  readonly hasCertificate: boolean;
  /** The told chain; undefined where there is none. @throws CertificateError when it is damaged. */
  readonly read: (headers: HeaderList) => PresentedChain | undefined;
  /** Whether a field of the request is one that is read. */
  readonly isTold: (headers: HeaderList) => boolean;
}

export interface Speaker {
  readonly carrier: Call['carrier'];
  /** The certificates of the client, leaf first; empty where it has none. */
  readonly chain: PresentedChain;
  /** Why what the balancer tells can't be used; the chain is empty then. */
  readonly problem?: { readonly reason: Reason; readonly detail: string };
  /** What became of a certificate header, for the log; absent where there was none. */
  readonly header?: CertificateHeaderUse;
  readonly forwarding: Forwarding;
}

type Told = Pick<Speaker, 'chain' | 'problem' | 'header'>;

/** By the name of the listener. What is returned never throws. */
export function createSpeakers(
  balancers: ReadonlyMap<string, LoadBalancer>,
): (exchange: Pick<Exchange, 'connection' | 'headers'>) => Speaker {
  const known = new WeakMap<ConnectionFacts, Speaker>();
  const directOf = (connection: ConnectionFacts): Speaker => {
    const before = known.get(connection);
    if (before !== undefined) return before;
    const forwarding: Forwarding = { path: [connection.peerAddress] };
    const direct: Speaker = { carrier: 'connection', chain: connection, forwarding };
    known.set(connection, direct);
    return direct;
  };
  return ({ connection, headers }) => {
    const balancer = balancers.get(connection.listener);
    const direct = directOf(connection);
    if (balancer === undefined) return direct;
    const standing = balancer.standing(connection);
    if (standing !== 'balancer') {
      // The field itself is on the strip list, so that nobody behind takes it for ours.
      return balancer.isTold(headers) ? { ...direct, header: standing } : direct;
    }
    return {
      carrier: 'balancer',
      ...tellingOf(balancer, connection, headers),
      forwarding: readForwarding(headers, connection, balancer.hops),
    };
  };
}

/**
 * Of a balancer the header alone speaks. Its own certificate is never a client's, also where none is
 * configured: a request without a header would else be the balancer's.
 */
function tellingOf(balancer: LoadBalancer, connection: ConnectionFacts, headers: HeaderList): Told {
  const absent: PresentedChain = { listener: connection.listener, certificates: [] };
  let chain: PresentedChain | undefined;
  try {
    chain = balancer.read(headers);
  } catch (error) {
    const reason = error instanceof CertificateError ? error.reason : 'certificate_malformed';
    const detail = error instanceof Error ? error.message : '';
    return { chain: absent, problem: { reason, detail }, header: 'believed' };
  }
  if (chain === undefined) return { chain: absent };
  const [own] = connection.certificates;
  const [leaf] = chain.certificates;
  if (!balancer.hasCertificate && own !== undefined && !isSame(own, leaf)) {
    const reason = 'certificate_header_conflict';
    const detail = 'the certificate of the connection is not that of the header';
    return { chain: absent, problem: { reason, detail }, header: 'believed' };
  }
  return { chain, header: 'believed' };
}

function isSame(own: Uint8Array, leaf: Uint8Array | undefined): boolean {
  return leaf !== undefined && Buffer.compare(own, leaf) === 0;
}
