/** One question to one OCSP responder. */

import { randomBytes } from 'node:crypto';

import type { CrlSet } from '../certificate/revocation/crl-set.ts';
import { buildOcspRequest } from '../certificate/revocation/ocsp-request.ts';
import { readOcspResponse } from '../certificate/revocation/ocsp-response.ts';
import { verifyOcspResponse } from '../certificate/revocation/ocsp-revocation.ts';
import type {
  RevocationOutcome,
  RevocationQuestion,
} from '../certificate/revocation/revocation.ts';
import { TrustDataError } from '../errors.ts';
import type { Reason } from '../errors.ts';

export interface ResponderDeps {
  /** Posts the question and gives the octets of the answer. Rejects within a bounded time. */
  readonly post: (url: string, body: Uint8Array) => Promise<Uint8Array>;
  /** Lists that tell whether the responder itself is revoked. */
  readonly crls: () => CrlSet;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** RFC 9654 section 2.1. */
const NONCE_OCTETS = 32;

/**
 * Returns what the responder says, verified; `unknown` with the reason where that is of no use. A
 * responder that signs in advance sends no nonce: its answer then counts by its dates. Never rejects.
 */
export async function askResponder(
  question: RevocationQuestion,
  url: string,
  { post, crls, now }: ResponderDeps,
): Promise<RevocationOutcome> {
  const nonce = randomBytes(NONCE_OCTETS);
  try {
    const response = readOcspResponse(await post(url, buildOcspRequest({ ...question, nonce })));
    const facts = { ...question, response, nonce, crls: crls(), at: now() };
    const outcome = verifyOcspResponse(facts);
    return outcome.status === 'unknown' ? unknown(outcome.reason, url, outcome.detail) : outcome;
  } catch (error) {
    const reason = error instanceof TrustDataError ? error.reason : 'ocsp_unavailable';
    return unknown(reason, url, error instanceof Error ? error.message : 'no answer');
  }
}

function unknown(reason: Reason, url: string, detail: string): RevocationOutcome {
  const validUntil = Number.POSITIVE_INFINITY;
  return {
    status: 'unknown',
    reason,
    detail: `${new URL(url).origin} was asked: ${detail}`,
    validUntil,
  };
}
