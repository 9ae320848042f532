/** What the header formats have in common: the base64 of one DER value, and how absence is spelled. */

import { CertificateError } from '../../errors.ts';
import { decodeBase64 } from '../base64.ts';
import { claimedLength, maxDerBytes } from '../der/der.ts';

const maxBase64Length = Math.ceil(maxDerBytes / 3) * 4;

/** Whether a proxy said by this value that there is no certificate; `(null)` is Apache's way. */
export function isAbsent(value: string): boolean {
  return value === '' || value === '(null)';
}

/**
 * The DER in the base64 part of a header value, checked to be as long as it claims: a value that was
 * cut, or holds several certificates, is refused.
 *
 * @throws CertificateError `certificate_malformed`.
 */
export function decodeCarried(base64: string): Uint8Array {
  if (base64.length > maxBase64Length) throw damaged('certificate header is too long');
  const der = decodeBase64(base64);
  const claimed = claimedLength(der);
  if (claimed === der.length) return der;
  throw damaged(`certificate header has ${der.length} octets where its DER claims ${claimed}`);
}

export function damaged(detail: string): CertificateError {
  return new CertificateError('certificate_malformed', detail);
}
