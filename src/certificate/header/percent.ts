/** Percent-encoding in header values (RFC 3986 section 2.1). `+` is a digit of base64, never a space. */

import { damaged } from './carried-certificate.ts';

/**
 * Decodes once. What was not encoded stays as it is, so that `+`, `/` and `=` may stand bare.
 *
 * @throws CertificateError on a `%` without two hex digits after it, and on what is not ASCII, before
 * decoding or after it.
 */
export function decodePercent(value: string): string {
  const fault = /[^\x21-\x7e]|%(?![0-7][0-9a-f])/i.exec(value);
  if (fault === null) return decodeURIComponent(value);
  throw damaged(`certificate header is not percent-encoded at character ${fault.index + 1}`);
}
