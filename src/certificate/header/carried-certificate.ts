/** What the header formats have in common: the base64 of DER values, how absence is spelled, bounds. */

import { CertificateError } from '../../errors.ts';
import { decodeBase64 } from '../base64.ts';
import { claimedLength } from '../der/der.ts';

/** Servers take some 8 to 16 kB of header fields in all, so that no honest value is longer. */
export const maxValueLength = 16_384;

/** The most that are carried for one client, the leaf among them; as many as a handshake may show. */
export const maxCarried = 10;

/**
 * Whether a proxy said by this value that there is no certificate: `(null)` is Apache's way, two quotes
 * that of OpenShift, an empty PEM block, whatever stands for its line breaks, that of Caddy.
 */
export function isAbsent(value: string): boolean {
  return (
    value === '' ||
    value === '(null)' ||
    value === '""' ||
    /^-----BEGIN CERTIFICATE-----\s*-----END CERTIFICATE-----\s*$/.test(value)
  );
}

/**
 * The DER of one certificate in base64, checked to be as long as it claims: a value that was cut, or
 * holds several certificates, is refused.
 *
 * @throws CertificateError `certificate_malformed`.
 */
export function decodeCarried(base64: string): Uint8Array {
  const der = decodeBase64(base64);
  const claimed = claimedLength(der);
  if (claimed === der.length) return der;
  throw damaged(`certificate header has ${der.length} octets where its DER claims ${claimed}`);
}

export function encodeCarried(der: Uint8Array): string {
  return Buffer.from(der.buffer, der.byteOffset, der.length).toString('base64');
}

export function damaged(detail: string): CertificateError {
  return new CertificateError('certificate_malformed', detail);
}

/** @throws CertificateError `certificate_chain_too_large`. */
export function expectFewCertificates(count: number): void {
  if (count <= maxCarried) return;
  const detail = `certificate header carries more than ${maxCarried} certificates`;
  throw new CertificateError('certificate_chain_too_large', detail);
}
