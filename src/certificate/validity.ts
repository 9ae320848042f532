/** The validity period of a certificate, asked anew at each use (RFC 5280 section 4.1.2.5). */

import type { ClientCertificate } from './client-certificate.ts';

/**
 * Why the certificate is outside its period at `now` (milliseconds since the epoch), or undefined
 * when it is inside. Both ends belong to the period.
 */
export function validityProblem(
  certificate: ClientCertificate,
  now: number,
): 'certificate_not_yet_valid' | 'certificate_expired' | undefined {
  if (now < certificate.notBefore) return 'certificate_not_yet_valid';
  if (now > certificate.notAfter) return 'certificate_expired';
  return undefined;
}
