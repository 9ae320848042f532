/** The certificates that a load balancer tells in header fields, one object for each chain. */

import { hash } from 'node:crypto';

import type { HeaderCodec, HeaderNames } from '../certificate/header/header-codec.ts';
import { defaultPathRules } from '../certificate/path/path-rules.ts';
import type { HeaderList } from '../http/exchange.ts';
import type { PresentedChain } from '../trust/reading.ts';

/** Chains remembered per listener; the one that was met least lately goes first. */
const MAX_KNOWN = 4_096;

export interface CarriedChainsOptions {
  readonly listener: string;
  readonly codec: HeaderCodec;
  readonly names: HeaderNames;
  readonly verified: 'balancer' | 'here';
}

/**
 * Returns what reads the chain of a request, leaf first; undefined where the balancer says that
 * there is no certificate. The same certificates give the same object, so that what trust has read
 * of them is not read again at each request.
 *
 * What is returned throws CertificateError where a field is damaged or stands twice.
 */
export function createCarriedChains({
  listener,
  codec,
  names,
  verified,
}: CarriedChainsOptions): (headers: HeaderList) => PresentedChain | undefined {
  const known = new Map<string, PresentedChain>();
  return (headers) => {
    const carried = codec.read(headers, names);
    if (carried === undefined) return undefined;
    const certificates = [carried.leaf, ...carried.chain];
    // Each is one whole DER value, so that no two lists of them are the same octets.
    const octets = Buffer.concat(certificates);
    const digest = hash('sha256', octets, 'base64url');
    const chain = known.get(digest) ?? {
      listener,
      certificates,
      ...(verified === 'balancer' && { verifiedBy: verified }),
    };
    // Refused for its size in any case.
    if (octets.length > defaultPathRules.maxPresentedOctets) return chain;
    // Removed and put back: a Map iterates in order of insertion, so the first is the oldest.
    known.delete(digest);
    known.set(digest, chain);
    if (known.size > MAX_KNOWN) {
      const [oldest] = known.keys();
      if (oldest !== undefined) known.delete(oldest);
    }
    return chain;
  };
}
