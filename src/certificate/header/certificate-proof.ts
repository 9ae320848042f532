/**
 * Proof for the upstream that a certificate header is ours: a JWS in compact form (RFC 7515 section
 * 3.1, HS256), for which every language has a library. docs/certificate-headers.md tells how it is
 * verified.
 */

import { createHmac, createSecretKey } from 'node:crypto';

/** RFC 7518 section 3.2: a key is at least as long as the hash. */
export const minProofKeyOctets = 32;

/** A type of its own: no other JWT made with the same key can stand in for it (RFC 8725 section 3.11). */
const HEADER = encode({ alg: 'HS256', typ: 'certificate-proof+jwt' });

export interface ProvenFacts {
  /** `x5t#S256` of the certificate in the header. */
  readonly thumbprint: string;
  /** That of `X-Request-Id`, so that a proof fits one request only. */
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Returns what writes the proofs with this key. */
export function createCertificateProof(key: Uint8Array): (facts: ProvenFacts) => string {
  const secret = createSecretKey(key);
  return ({ thumbprint, requestId, at }) => {
    const claims = { 'x5t#S256': thumbprint, jti: requestId, iat: Math.floor(at / 1_000) };
    const signed = `${HEADER}.${encode(claims)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
