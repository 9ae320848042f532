/** What the upstream is told of the certificate of a call. */

import type { HeaderWriter } from '../certificate/header/header-writer.ts';
import type { ClientCertificate, Verdict } from '../certificate/client-certificate.ts';
import type { ProvenFacts } from '../certificate/header/certificate-proof.ts';
import type { HeaderList } from '../http/exchange.ts';
import type { Call } from './call.ts';
import type { ClientDecision } from './client-authentication.ts';

export interface CertificateFieldsOptions {
  readonly writer: HeaderWriter;
  /** The field that proves that the others are ours; undefined: none is written. */
  readonly proof: CertificateProofField | undefined;
  /** Whether a certificate is shown whoever vouches for it, to bind tokens and to compare with theirs. */
  readonly showsUnvouched: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface CertificateProofField {
  readonly name: string;
  readonly write: (facts: ProvenFacts) => string;
}

export interface CertificateFields {
  /** Every name that is written, in lower case. */
  readonly names: readonly string[];
  of(call: Call, decision?: ClientDecision): CertificateFieldsOfCall;
}

export interface CertificateFieldsOfCall {
  /** The same list for all calls with the same certificate and verdict. */
  readonly standing: HeaderList;
  /** What proves them, anew for each call; undefined where nothing does. */
  readonly proof: HeaderList[number] | undefined;
}

export function createCertificateFields(options: CertificateFieldsOptions): CertificateFields {
  const { writer, proof, showsUnvouched, now } = options;
  return {
    names: proof === undefined ? writer.names : [...writer.names, proof.name],
    of: (call, decision) => {
      const shown = shownOf(call, decision, showsUnvouched);
      if (shown.certificate === undefined) {
        return { standing: writer.writeNone(shown.verdict), proof: undefined };
      }
      const standing = writer.write(shown.certificate, shown.verdict);
      if (proof === undefined) return { standing, proof: undefined };
      const { thumbprint } = shown.certificate;
      const { requestId } = call.exchange;
      const proven = proof.write({ thumbprint, requestId, at: now() });
      return { standing, proof: [proof.name, proven] };
    },
  };
}

type Shown =
  | { readonly certificate: ClientCertificate; readonly verdict: Verdict }
  | { readonly certificate: undefined; readonly verdict: Verdict | undefined };

const NOTHING: Shown = { certificate: undefined, verdict: undefined };

/**
 * The certificate whose possession the handshake proved. One that is self-signed is sent, since a
 * `native` server may know it as registered; one that no CA vouches for is sent only with the
 * decision that it is registered here, or to the embedded service, which binds tokens to it and
 * believes nothing else of it.
 */
function shownOf(
  { presentation }: Call,
  decision: ClientDecision | undefined,
  showsUnvouched: boolean,
): Shown {
  if (presentation.kind !== 'presented') return NOTHING;
  const { certificate } = presentation;
  if (decision?.verdict !== undefined) return { certificate, verdict: decision.verdict };
  const isDecided = decision?.kind === 'authenticated';
  // By something else than the certificate, and nothing is to be bound to it.
  if (isDecided && decision.client.binding === 'off') return NOTHING;
  const { verdict } = presentation;
  const isShown =
    verdict.kind !== 'untrusted' || (showsUnvouched && (isDecided || verdict.of === 'path'));
  return isShown ? { certificate, verdict } : { certificate: undefined, verdict };
}
