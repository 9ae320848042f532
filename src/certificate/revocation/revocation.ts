/** What is known about whether certificates are revoked, and what follows from it. */

import type { Reason } from '../../errors.ts';
import type { ClientCertificate } from '../client-certificate.ts';
import { anchorOf } from '../path/path-anchor.ts';
import type { Anchor } from '../path/path-anchor.ts';

/** `soft` refuses what is known to be revoked; `hard` also what nothing is known about. */
export type RevocationMode = 'off' | 'soft' | 'hard';

export type RevocationOutcome =
  | { readonly status: 'good'; readonly validUntil: number }
  | {
      /** `unknown` is for a reason: a list that is missing, stale or forged, a silent responder. */
      readonly status: 'revoked' | 'unknown';
      readonly reason: Reason;
      readonly detail: string;
      /**
       * The last millisecond since the epoch at which asking the same sources again would give the
       * same outcome; infinite where only other sources could change it.
       */
      readonly validUntil: number;
    };

export type RevocationDecision =
  | {
      readonly kind: 'accepted';
      readonly validUntil: number;
      /** What was unknown and let pass, to be told in log and metric; one for each certificate. */
      readonly unknown: readonly { readonly reason: Reason; readonly detail: string }[];
    }
  | {
      readonly kind: 'refused';
      readonly reason: Reason;
      readonly detail: string;
      readonly validUntil: number;
    };

/** Decides about a path from the outcomes of its certificates. Revoked is refused unless `off`. */
export function decideRevocation(
  outcomes: readonly RevocationOutcome[],
  mode: RevocationMode,
): RevocationDecision {
  const validUntil = Math.min(...outcomes.map((outcome) => outcome.validUntil));
  if (mode === 'off') {
    return { kind: 'accepted', validUntil: Number.POSITIVE_INFINITY, unknown: [] };
  }
  const problems = outcomes.filter((outcome) => outcome.status !== 'good');
  const revoked = problems.find(({ status }) => status === 'revoked');
  const refused = revoked ?? (mode === 'soft' ? undefined : problems[0]);
  if (refused !== undefined) {
    // Good or bad news of the other certificates changes nothing about this one.
    const { reason, detail } = refused;
    return { kind: 'refused', reason, detail, validUntil: refused.validUntil };
  }
  const unknown = problems.map(({ reason, detail }) => ({ reason, detail }));
  return { kind: 'accepted', validUntil, unknown };
}

/**
 * The outcome for one certificate from several sources, the CRLs and an OCSP answer for example.
 * Revoked anywhere is revoked; good anywhere is then good, for as long as the best source says;
 * otherwise the first outcome counts.
 *
 * @param outcomes at least one.
 */
export function mergeSources(
  first: RevocationOutcome,
  ...others: readonly RevocationOutcome[]
): RevocationOutcome {
  const outcomes = [first, ...others];
  const revoked = outcomes.find(({ status }) => status === 'revoked');
  if (revoked !== undefined) return revoked;
  const good = outcomes.filter(({ status }) => status === 'good');
  if (good.length === 0) {
    return { ...first, validUntil: Math.min(...outcomes.map(({ validUntil }) => validUntil)) };
  }
  return { status: 'good', validUntil: Math.max(...good.map(({ validUntil }) => validUntil)) };
}

/** A certificate with who is to be asked about it. */
export interface RevocationQuestion {
  readonly certificate: ClientCertificate;
  readonly issuer: Anchor;
}

/**
 * The questions of a validated path, leaf first. The anchor is believed without one: who wants it
 * out takes it out of the configuration.
 *
 * @param path leaf first, with or without the anchor's certificate at its end.
 */
export function revocationQuestions(
  path: readonly ClientCertificate[],
  anchor: Anchor,
): readonly RevocationQuestion[] {
  const below = path.filter(({ thumbprint }) => thumbprint !== anchor.certificate?.thumbprint);
  return below.map((certificate, depth) => {
    const above = below[depth + 1];
    return { certificate, issuer: above === undefined ? anchor : anchorOf(above) };
  });
}
