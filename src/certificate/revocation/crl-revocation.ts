/** Whether CRLs say that a certificate is revoked (RFC 5280 section 6.3). */

import { CertificateError } from '../../errors.ts';
import type { Reason } from '../../errors.ts';
import { findEntry } from './crl.ts';
import type { Crl } from './crl.ts';
import type { CrlEntry } from './crl-entries.ts';
import { coveredReasons, scopeQuestionOf } from './crl-scope.ts';
import type { ScopeQuestion } from './crl-scope.ts';
import type { CrlSet } from './crl-set.ts';
import { allReasons } from './distribution-point.ts';
import type { RevocationOutcome, RevocationQuestion } from './revocation.ts';

export interface CrlQuestion extends RevocationQuestion {
  readonly crls: CrlSet;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly clockSkewMs?: number;
}

/**
 * Asks the lists that the certificate's own issuer signed; those of others are not looked at, so that
 * what is wrong with one CA's list is no trouble of another's.
 *
 * - Of several lists for the same part of a CA's revocations the newest counts, alone.
 * - Listed is revoked, also on a list whose next update has passed: time heals no revocation.
 * - Good takes lists of today that together speak for every reason of revocation.
 *
 * Never throws.
 */
export function checkRevocation(question: CrlQuestion): RevocationOutcome {
  const { certificate, issuer, crls, at, clockSkewMs = 0 } = question;
  let scope: ScopeQuestion;
  try {
    scope = scopeQuestionOf(certificate);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return unknown(error.reason, error.message, Number.POSITIVE_INFINITY);
  }
  const { authentic, problems } = crls.of(issuer);
  const isDue = ({ thisUpdate }: Crl): boolean => thisUpdate <= at + clockSkewMs;
  const speaking = authentic.filter((crl) => coveredReasons(crl.scope, scope) !== 0);
  const future = speaking.filter((crl) => !isDue(crl));
  // A list that is at hand but dated later takes over when its time has come.
  const untilFuture = Math.min(...future.map((crl) => crl.thisUpdate - clockSkewMs - 1));

  const newest = newestOfEachScope(speaking.filter(isDue));
  for (const crl of newest) {
    const entry = findEntry(crl.entries, certificate.serialNumber);
    if (entry !== undefined) return revoked(entry, untilFuture);
  }
  const untilOf = (crl: Crl): number => crl.nextUpdate + clockSkewMs;
  const fresh = newest.filter((crl) => at <= untilOf(crl));
  const covered = fresh.reduce((mask, crl) => mask | coveredReasons(crl.scope, scope), 0);
  if (covered === allReasons) {
    return { status: 'good', validUntil: Math.min(untilFuture, ...fresh.map(untilOf)) };
  }
  const untilStale = Math.min(untilFuture, ...fresh.map(untilOf));

  const [stale] = newest.filter((crl) => at > untilOf(crl));
  if (stale !== undefined) {
    const detail = `the CRL's next update was due at ${timeText(stale.nextUpdate)}`;
    return unknown('crl_stale', detail, untilStale);
  }
  if (fresh.length > 0) {
    return unknown('crl_absent', "the CRLs at hand don't cover every reason", untilStale);
  }
  const [later] = future;
  if (later !== undefined) {
    const detail = `the CRL counts from ${timeText(later.thisUpdate)} on`;
    return unknown('crl_not_yet_valid', detail, untilFuture);
  }
  const [problem] = problems;
  if (problem !== undefined) return unknown('crl_signature_invalid', problem, untilFuture);
  if (authentic.length > 0) {
    const detail = 'the CRLs of the issuer speak of other certificates';
    return unknown('crl_absent', detail, untilFuture);
  }
  return unknown('crl_absent', 'no CRL of the issuer is at hand', untilFuture);
}

/** Equal dates are told apart by the CRL number. */
function newestOfEachScope(crls: readonly Crl[]): readonly Crl[] {
  const newest = new Map<string, Crl>();
  for (const crl of crls) {
    const known = newest.get(crl.scope.key);
    if (known === undefined || isNewer(crl, known)) newest.set(crl.scope.key, crl);
  }
  return [...newest.values()];
}

function isNewer(a: Crl, b: Crl): boolean {
  if (a.thisUpdate !== b.thisUpdate) return a.thisUpdate > b.thisUpdate;
  return numberOf(a) > numberOf(b);
}

function numberOf({ number }: Crl): bigint {
  return number === undefined ? -1n : BigInt(`0x${number}`);
}

function revoked(entry: CrlEntry, validUntil: number): RevocationOutcome {
  const detail = `revoked at ${timeText(entry.revocationDate)}, reason ${entry.reason}`;
  return { status: 'revoked', reason: 'certificate_revoked', detail, validUntil };
}

function unknown(reason: Reason, detail: string, validUntil: number): RevocationOutcome {
  return { status: 'unknown', reason, detail, validUntil };
}

function timeText(moment: number): string {
  return new Date(moment).toISOString();
}
