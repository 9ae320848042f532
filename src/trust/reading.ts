/** The certificates of a connection, read once. */

import { hash, X509Certificate } from 'node:crypto';

import type { ClientCertificate, Presentation } from '../certificate/client-certificate.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { defaultPathRules } from '../certificate/path/path-rules.ts';
import { CertificateError } from '../errors.ts';

/**
 * What is told about a client, by its own connection or by a load balancer. One object per connection
 * and per told chain, never changed.
 */
export interface PresentedChain {
  /** The name of the listener. */
  readonly listener: string;
  /**
   * As sent, leaf first. The handshake, here or at the balancer, has proved possession of the first
   * one's key.
   */
  readonly certificates: readonly Uint8Array[];
  /** A balancer that is believed has run the path rules: those of the listener are not run again. */
  readonly verifiedBy?: 'balancer';
}

export interface ReadChain {
  readonly kind: 'read';
  readonly leaf: ClientCertificate;
  /** The others, as sent; none of them is believed. */
  readonly others: readonly ClientCertificate[];
  /** SHA-256 over all certificates in the order sent, with their lengths: no other chain has it. */
  readonly digest: string;
  /** The leaf names itself as its issuer and its own key signed it. */
  readonly isSelfSigned: boolean;
}

export interface KnownChains {
  digestOf(certificates: PresentedChain['certificates']): string;
  get(digest: string): ReadChain | undefined;
}

export type Reading = ReadChain | Exclude<Presentation, { kind: 'presented' }>;

const { maxPresented, maxPresentedOctets } = defaultPathRules;

/**
 * Never throws: whatever our parser stumbles over makes the certificate unreadable.
 *
 * @param known what was read before.
 */
export function readChain(
  { certificates }: PresentedChain,
  known: KnownChains = { digestOf, get: () => undefined },
): Reading {
  const [first] = certificates;
  if (first === undefined) return { kind: 'absent' };
  const octets = certificates.reduce((sum, { length }) => sum + length, 0);
  if (certificates.length > maxPresented || octets > maxPresentedOctets) {
    const detail = `${certificates.length} certificates of ${octets} octets in all`;
    return { kind: 'unreadable', reason: 'certificate_chain_too_large', detail };
  }
  const digest = known.digestOf(certificates);
  const before = known.get(digest);
  if (before !== undefined) return before;
  try {
    const leaf = parseCertificate(first);
    return {
      kind: 'read',
      leaf,
      others: certificates.slice(1).map(parseCertificate),
      digest,
      isSelfSigned: isSelfSigned(leaf),
    };
  } catch (error) {
    const reason = error instanceof CertificateError ? error.reason : 'certificate_malformed';
    return { kind: 'unreadable', reason, detail: error instanceof Error ? error.message : '' };
  }
}

/** That of a `ReadChain`. */
export function digestOf(certificates: readonly Uint8Array[]): string {
  const lengths = certificates.map(({ length }) => length).join(' ');
  return `${hash('sha256', Buffer.concat(certificates), 'base64url')} ${lengths}`;
}

function isSelfSigned(leaf: ClientCertificate): boolean {
  if (!leaf.isSelfIssued) return false;
  const x509 = new X509Certificate(leaf.der);
  return x509.verify(x509.publicKey);
}
