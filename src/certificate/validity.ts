/** The validity period of a certificate, asked anew at each use (RFC 5280 section 4.1.2.5). */

import type { ClientCertificate } from './client-certificate.ts';

/** The last second belongs to the period, whole: a certificate knows no fractions of it. */
const lastSecondMs = 999;

/** Milliseconds since the epoch, both inclusive. */
export interface ValidityWindow {
  readonly from: number;
  readonly until: number;
}

/** @param clockSkewMs by how much the period is widened on both sides. */
export function validityWindow(
  { notBefore, notAfter }: ClientCertificate,
  clockSkewMs = 0,
): ValidityWindow {
  return { from: notBefore - clockSkewMs, until: notAfter + lastSecondMs + clockSkewMs };
}

/**
 * Why the certificate is outside its period at `now` (milliseconds since the epoch), or undefined
 * when it is inside. Both ends belong to the period.
 */
export function validityProblem(
  certificate: ClientCertificate,
  now: number,
  clockSkewMs = 0,
): 'certificate_not_yet_valid' | 'certificate_expired' | undefined {
  const { from, until } = validityWindow(certificate, clockSkewMs);
  // Written so that a moment that is no number is outside as well.
  if (!(now >= from)) return 'certificate_not_yet_valid';
  if (!(now <= until)) return 'certificate_expired';
  return undefined;
}
