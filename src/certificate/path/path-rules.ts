/** The switches and bounds of path validation, with their defaults. */

import type { KeyRules } from '../public-key.ts';

export interface PathRules extends KeyRules {
  /**
   * A leaf without extendedKeyUsage. Accepted: RFC 5280 section 4.2.1.12 restricts only where the
   * extension is there, and many private CAs leave it out.
   */
  readonly absentExtendedKeyUsage: 'accept' | 'refuse';
  /**
   * anyExtendedKeyUsage in place of the purpose itself, in leaf and CAs. Refused, as RFC 5280 allows
   * and OpenSSL does: an issuer that means clients can say so.
   */
  readonly anyExtendedKeyUsage: 'accept' | 'refuse';
  /**
   * A leaf that is a CA. Refused: it could make its holder as many clients as he likes. Certificates
   * that are registered themselves need no path and don't come here.
   */
  readonly caLeaf: 'accept' | 'refuse';
  /** Milliseconds by which the clock may be wrong, in both directions. */
  readonly clockSkewMs: number;
  /** Certificates that a client may send, its own included. */
  readonly maxPresented: number;
  /** Octets of all of them. */
  readonly maxPresentedOctets: number;
  /** Intermediate certificates on a path, self-issued ones not counted (as in RFC 5280 6.1.4 (l)). */
  readonly maxDepth: number;
  readonly maxSignatureChecks: number;
  /**
   * Microseconds of work, by a table and not by a clock: the same certificates always end the same way.
   * Enough for 32 checks with P-256, for seven with P-384, for three with P-521, which take 1.2 ms each:
   * reading the certificates included, the event loop is not held for more than 5 ms.
   */
  readonly maxWork: number;
}

export const defaultPathRules: PathRules = {
  absentExtendedKeyUsage: 'accept',
  anyExtendedKeyUsage: 'refuse',
  caLeaf: 'refuse',
  clockSkewMs: 0,
  minRsaBits: 2048,
  maxRsaBits: 8192,
  maxPresented: 10,
  maxPresentedOctets: 16_384,
  maxDepth: 5,
  maxSignatureChecks: 32,
  maxWork: 4_200,
};
