/** Percent-encoding in header values (RFC 3986 section 2.1). `+` is a digit of base64, never a space. */

import { damaged } from './carried-certificate.ts';

/**
 * Decodes once. What was not encoded stays as it is, so that `+`, `/` and `=` may stand bare.
 *
 * @throws CertificateError on a `%` without two hex digits after it, and on what is not ASCII, before
 * decoding or after it.
 */
export function decodePercent(value: string): string {
  const stranger = /[^\x21-\x7e]/.exec(value);
  if (stranger !== null) throw unreadable(stranger.index);
  return value.replaceAll(/%(.?.?)/g, (_, digits: string, at: number) => {
    const code = /^[0-7][0-9a-f]$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (Number.isNaN(code)) throw unreadable(at);
    return String.fromCharCode(code);
  });
}

function unreadable(at: number): Error {
  return damaged(`certificate header is not percent-encoded at character ${at + 1}`);
}
