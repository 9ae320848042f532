/** Strict base64 (RFC 4648 section 4). `Buffer.from` drops what it does not know; this refuses it. */

import { CertificateError } from '../errors.ts';

/**
 * The octets of canonical base64: standard alphabet, padding present, no white space, unused bits
 * zero. The empty text gives no octets.
 *
 * @throws CertificateError `certificate_malformed`.
 */
export function decodeBase64(text: string): Uint8Array {
  const stranger = /[^A-Za-z0-9+/=]/.exec(text);
  if (stranger !== null) throw problem(`character ${stranger.index + 1} is not base64`);
  const padding = text.indexOf('=');
  if (padding !== -1 && !/^==?$/.test(text.slice(padding))) throw problem('padding inside base64');
  if (text.length % 4 !== 0) throw problem('base64 is cut short or lacks its padding');
  const octets = Buffer.from(text, 'base64');
  // The last group alone can have unused bits.
  const lastGroup = octets.subarray(Math.max(0, text.length / 4 - 1) * 3).toString('base64');
  if (!text.endsWith(lastGroup)) throw problem('base64 ends in unused bits that are not zero');
  return octets;
}

function problem(text: string): CertificateError {
  return new CertificateError('certificate_malformed', text);
}
