/**
 * Says what is believed about the certificate of a connection. What can't change (the bytes, what
 * OpenSSL found at the handshake) is kept per connection; what time can change is looked at on
 * every request, since connections outlive certificates.
 */

import { X509Certificate } from 'node:crypto';

import type {
  ClientCertificate,
  Presentation,
  Verdict,
} from '../certificate/client-certificate.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { validityProblem } from '../certificate/validity.ts';
import { CertificateError } from '../errors.ts';

/** What a connection tells about its client. One object per connection, never changed. */
export interface PresentedChain {
  /** As sent, leaf first. */
  readonly certificates: readonly Uint8Array[];
  /** OpenSSL's error for the chain; undefined when it found a path to a CA of the listener. */
  readonly chainError: string | undefined;
}

export interface Trust {
  /** The certificate with its verdict at this moment. Never throws. */
  present(chain: PresentedChain): Presentation;
}

type Reading =
  | {
      readonly kind: 'read';
      readonly path: readonly ClientCertificate[];
      readonly verdict: Verdict;
    }
  | Exclude<Presentation, { kind: 'presented' }>;

/** @param now milliseconds since the epoch. */
export function createTrust({ now }: { readonly now: () => number }): Trust {
  const readings = new WeakMap<PresentedChain, Reading>();
  return {
    present: (chain) => {
      let reading = readings.get(chain);
      if (reading === undefined) {
        reading = read(chain);
        readings.set(chain, reading);
      }
      return reading.kind === 'read' ? judge(reading.path, reading.verdict, now()) : reading;
    },
  };
}

function read(chain: PresentedChain): Reading {
  if (chain.certificates.length === 0) return { kind: 'absent' };
  try {
    const path = chain.certificates.map(parseCertificate);
    return { kind: 'read', path, verdict: verdictOf(path, chain.chainError) };
  } catch (error) {
    // Whatever our parser stumbles over makes the certificate unreadable; nothing is guessed.
    const reason = error instanceof CertificateError ? error.reason : 'certificate_malformed';
    return { kind: 'unreadable', reason, detail: error instanceof Error ? error.message : '' };
  }
}

/** OpenSSL's judgement of the path, and our own look at a leaf that nobody issued but itself. */
function verdictOf(path: readonly ClientCertificate[], chainError: string | undefined): Verdict {
  if (chainError === undefined) return { kind: 'trusted' };
  const [leaf] = path;
  if (leaf !== undefined && isSelfSigned(leaf)) return { kind: 'self_signed' };
  return { kind: 'untrusted', reason: 'certificate_untrusted', detail: chainError };
}

function isSelfSigned(leaf: ClientCertificate): boolean {
  if (!leaf.isSelfIssued) return false;
  const x509 = new X509Certificate(leaf.der);
  return x509.verify(x509.publicKey);
}

/** A self-signed or untrusted leaf counts with its own dates, a path with those of all its members. */
function judge(path: readonly ClientCertificate[], verdict: Verdict, now: number): Presentation {
  const [leaf] = path;
  if (leaf === undefined) return { kind: 'absent' };
  const dated = verdict.kind === 'trusted' ? path : [leaf];
  for (const certificate of dated) {
    const reason = validityProblem(certificate, now);
    if (reason === undefined) continue;
    const detail = `certificate ${certificate.thumbprint} is outside its validity period`;
    return { kind: 'presented', certificate: leaf, verdict: { kind: 'untrusted', reason, detail } };
  }
  return { kind: 'presented', certificate: leaf, verdict };
}
