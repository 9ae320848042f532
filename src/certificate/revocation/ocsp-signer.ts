/** Who may sign OCSP answers for a CA: the CA itself, or whom it has entitled (RFC 6960 4.2.2.2). */

import { CertificateError } from '../../errors.ts';
import type { ClientCertificate } from '../client-certificate.ts';
import { readDer } from '../der/der.ts';
import { expectUniversal } from '../der/der-value.ts';
import { comparableName } from '../name/distinguished-name-key.ts';
import { readExtendedKeyUsage, readKeyUsage } from '../key-usage.ts';
import { keyHashOf } from './ocsp-certificate-id.ts';
import type { OcspAnswer } from './ocsp-response.ts';
import { parseCertificate } from '../parse.ts';
import type { Anchor } from '../path/path-anchor.ts';
import { signatureProblem } from '../signature.ts';
import { validityProblem, validityWindow } from '../validity.ts';

const ocspSigning = '1.3.6.1.5.5.7.3.9';
const noCheck = '1.3.6.1.5.5.7.48.1.5';
const keyUsage = '2.5.29.15';
const extendedKeyUsage = '2.5.29.37';

/** Those that the rules below take account of, and those that say nothing about a responder. */
const KNOWN_CRITICAL: ReadonlySet<string> = new Set([
  keyUsage,
  extendedKeyUsage,
  '2.5.29.17',
  '2.5.29.19',
]);

export type SignerFinding =
  | {
      readonly kind: 'signed';
      /** When the signer's own certificate ends; infinite for the issuer, whose path is judged. */
      readonly validUntil: number;
      /** The responder's certificate where it must itself be asked about. */
      readonly questionable: ClientCertificate | undefined;
    }
  | { readonly kind: 'problem'; readonly detail: string };

export interface SignerTerms {
  readonly issuer: Anchor;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly clockSkewMs: number;
}

/**
 * Finds the signer of an answer. A responder with a certificate of its own must have it from the very
 * issuer that the answer is about, directly, with the usage OCSPSigning in so many words.
 */
export function findOcspSigner(answer: OcspAnswer, terms: SignerTerms): SignerFinding {
  const { issuer } = terms;
  let problem = 'the responder is neither the issuer nor one of the certificates that came along';
  if (isResponder(answer, comparableName(issuer.name), issuer.publicKey)) {
    const found = answerSignatureProblem(answer, issuer.publicKey);
    if (found === undefined) {
      return { kind: 'signed', validUntil: Number.POSITIVE_INFINITY, questionable: undefined };
    }
    problem = `signature of the issuer: ${found}`;
  }
  for (const der of answer.certificates) {
    try {
      const delegate = parseCertificate(der);
      const { publicKey } = delegate;
      if (!isResponder(answer, comparableName(delegate.subject), publicKey)) continue;
      const found = delegateProblem(delegate, terms) ?? answerSignatureProblem(answer, publicKey);
      if (found === undefined) return signedBy(delegate, terms);
      problem = `responder ${delegate.thumbprint}: ${found}`;
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      problem = `unreadable certificate of a responder: ${error.message}`;
    }
  }
  return { kind: 'problem', detail: problem };
}

function signedBy(delegate: ClientCertificate, { clockSkewMs }: SignerTerms): SignerFinding {
  const marker = delegate.extensions.find(({ type }) => type === noCheck);
  if (marker !== undefined) expectUniversal(readDer(marker.value), 'null', 'id-pkix-ocsp-nocheck');
  return {
    kind: 'signed',
    validUntil: validityWindow(delegate, clockSkewMs).until,
    questionable: marker === undefined ? delegate : undefined,
  };
}

function isResponder({ responder }: OcspAnswer, name: string, publicKey: Uint8Array): boolean {
  return 'name' in responder
    ? responder.name === name
    : responder.keyHash === keyHashOf(publicKey, 'sha1');
}

function answerSignatureProblem(answer: OcspAnswer, publicKey: Uint8Array): string | undefined {
  const { signatureAlgorithm: algorithm, signed, signature } = answer;
  return signatureProblem({ algorithm, publicKey, signed, signature })?.detail;
}

/** Cheap rules first: signatures cost a thousand times as much. */
function delegateProblem(
  delegate: ClientCertificate,
  { issuer, at, clockSkewMs }: SignerTerms,
): string | undefined {
  const valueOf = (type: string): Uint8Array | undefined =>
    delegate.extensions.find((extension) => extension.type === type)?.value;
  if (comparableName(delegate.issuer) !== comparableName(issuer.name)) {
    return 'not issued by the issuer of the certificate';
  }
  const purposes = valueOf(extendedKeyUsage);
  if (purposes === undefined || !readExtendedKeyUsage(purposes).has(ocspSigning)) {
    return 'without the extended key usage OCSPSigning';
  }
  const usages = valueOf(keyUsage);
  const allowed = usages && readKeyUsage(usages);
  if (allowed && !allowed.has('digitalSignature') && !allowed.has('nonRepudiation')) {
    return 'its key usage does not allow it to sign';
  }
  const strange = delegate.extensions.find(
    ({ critical, type }) => critical && !KNOWN_CRITICAL.has(type),
  );
  if (strange !== undefined) return `critical extension ${strange.type} is not processed`;
  const validity = validityProblem(delegate, at, clockSkewMs);
  if (validity !== undefined) return validity;
  const { signed, algorithm, value: signature } = delegate.signature;
  const { publicKey } = issuer;
  return signatureProblem({ algorithm, publicKey, signed, signature })?.detail;
}
