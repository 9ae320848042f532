/** Whether an OCSP answer says that a certificate is revoked (RFC 6960 section 3.2). */

import type { Reason } from '../../errors.ts';
import { checkRevocation } from './crl-revocation.ts';
import type { CrlSet } from './crl-set.ts';
import { certificateIdOf, sameCertificateId } from './ocsp-certificate-id.ts';
import { findOcspSigner } from './ocsp-signer.ts';
import type { OcspAnswer, OcspResponse, SingleResponse } from './ocsp-response.ts';
import type { RevocationOutcome, RevocationQuestion } from './revocation.ts';

export interface OcspQuestion extends RevocationQuestion {
  readonly response: OcspResponse;
  /** What was asked with. An answer with a nonce must have this one. */
  readonly nonce?: Uint8Array;
  /** Refuse an answer without a nonce. Most responders sign in advance and know none. */
  readonly requireNonce?: boolean;
  /** Lists that tell of responders whose certificate does not say that they need no check. */
  readonly crls?: CrlSet;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Answers are made at this moment by the clock of another machine. A minute where absent. */
  readonly clockSkewMs?: number;
  /** How long an answer without nextUpdate counts. An hour where absent. */
  readonly maxAgeMs?: number;
}

const defaultClockSkewMs = 60_000;
const defaultMaxAgeMs = 3_600_000;

/**
 * The outcome for the certificate. Revoked counts whatever the answer's age, once its signature is
 * good. An outcome that is unknown says nothing about when to ask again: that is for the caller.
 * Never throws.
 */
export function verifyOcspResponse(question: OcspQuestion): RevocationOutcome {
  const { response, clockSkewMs = defaultClockSkewMs, maxAgeMs = defaultMaxAgeMs } = question;
  if (response.kind === 'refusal') {
    return unknown('ocsp_unavailable', `the responder answered "${response.status}"`);
  }
  const { issuer, at } = question;
  const signer = findOcspSigner(response, { issuer, at, clockSkewMs });
  if (signer.kind === 'problem') return unknown('ocsp_signature_invalid', signer.detail);
  const nonce = nonceProblem(response, question);
  if (nonce !== undefined) return unknown('ocsp_mismatch', nonce);

  const own = responsesAbout(response, question);
  const revocation = own.find(({ status }) => status === 'revoked')?.revocation;
  if (revocation !== undefined) {
    const detail = `revoked at ${timeText(revocation.date)}, reason ${revocation.reason}`;
    const validUntil = Number.POSITIVE_INFINITY;
    return { status: 'revoked', reason: 'certificate_revoked', detail, validUntil };
  }
  if (own.length === 0) return unknown('ocsp_mismatch', 'the answer is about other certificates');
  const windows = own
    .filter(({ status }) => status === 'good')
    .map(({ thisUpdate, nextUpdate = thisUpdate + maxAgeMs }) => ({
      from: thisUpdate - clockSkewMs,
      until: nextUpdate + clockSkewMs,
    }));
  const [first] = windows;
  if (first === undefined) {
    return unknown('ocsp_unknown', 'the responder does not know the certificate');
  }
  const current = windows.filter(({ from, until }) => from <= at && at <= until);
  if (current.length === 0) {
    const detail = `the answer counts from ${timeText(first.from)} to ${timeText(first.until)}`;
    return unknown('ocsp_stale', detail);
  }
  const responder = signer.questionable && responderOutcome(signer.questionable, question);
  if (responder !== undefined && responder.status !== 'good') {
    const detail = `the responder's certificate needs a check by CRL: ${responder.detail}`;
    return unknown('ocsp_signature_invalid', detail);
  }
  const untils = [signer.validUntil, responder?.validUntil ?? Number.POSITIVE_INFINITY];
  const validUntil = Math.min(...untils, Math.max(...current.map(({ until }) => until)));
  return { status: 'good', validUntil };
}

/** In step with the two digests that a question can be asked with. */
function responsesAbout(
  { responses }: OcspAnswer,
  { certificate, issuer }: OcspQuestion,
): readonly SingleResponse[] {
  const ids = (['sha1', 'sha256'] as const).map((digest) =>
    certificateIdOf(certificate, issuer.publicKey, digest),
  );
  return responses.filter(({ id }) => ids.some((own) => sameCertificateId(own, id)));
}

function nonceProblem({ nonce }: OcspAnswer, question: OcspQuestion): string | undefined {
  const asked = question.nonce && Buffer.from(question.nonce).toString('hex');
  if (nonce === undefined) {
    return question.requireNonce === true ? 'the answer has no nonce' : undefined;
  }
  return nonce === asked ? undefined : 'the answer has the nonce of another question';
}

/** RFC 6960 section 4.2.2.2.1 leaves it to us; a responder's stolen key must not vouch for itself. */
function responderOutcome(
  certificate: RevocationQuestion['certificate'],
  { issuer, crls, at }: OcspQuestion,
): RevocationOutcome {
  if (crls === undefined) return unknown('crl_absent', 'no CRL is at hand');
  return checkRevocation({ certificate, issuer, crls, at });
}

function unknown(reason: Reason, detail: string): RevocationOutcome {
  return { status: 'unknown', reason, detail, validUntil: Number.POSITIVE_INFINITY };
}

function timeText(moment: number): string {
  return new Date(moment).toISOString();
}
