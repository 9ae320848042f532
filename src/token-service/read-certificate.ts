/**
 * Certificates read from the field of the gateway (RFC 9440), kept for the requests that show the same
 * one again: OpenSSL takes longer to read one than the gateway takes for its request.
 */

import { X509Certificate } from 'node:crypto';

/** A byte sequence of RFC 8941 section 3.3.5, padding required. */
const BYTE_SEQUENCE = /^:((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):$/;

/** OpenSSL takes at most 100 KiB of certificates in a handshake; this is one of that size. */
const MAX_FIELD_CHARACTERS = 140_000;

/** Longer ones are read each time: with these bounds those that are kept take some 10 MB at most. */
const MAX_KEPT_CHARACTERS = 16_384;
const MAX_KEPT = 256;

/** Returns undefined for anything that is not exactly one DER certificate. */
export type ReadCertificate = (
  field: string | readonly string[] | undefined,
) => X509Certificate | undefined;

export function createReadCertificate(): ReadCertificate {
  // In the order in which they were last shown.
  const kept = new Map<string, X509Certificate>();

  function keep(field: string, certificate: X509Certificate): void {
    kept.delete(field);
    kept.set(field, certificate);
    if (kept.size <= MAX_KEPT) return;
    const [oldest = ''] = kept.keys();
    kept.delete(oldest);
  }

  return (field) => {
    if (typeof field !== 'string') return undefined;
    const certificate = kept.get(field) ?? parse(field);
    if (certificate !== undefined && field.length <= MAX_KEPT_CHARACTERS) keep(field, certificate);
    return certificate;
  };
}

function parse(field: string): X509Certificate | undefined {
  if (field.length > MAX_FIELD_CHARACTERS) return undefined;
  const [, base64] = BYTE_SEQUENCE.exec(field) ?? [];
  if (base64 === undefined) return undefined;
  const der = Buffer.from(base64, 'base64');
  try {
    const certificate = new X509Certificate(der);
    // It reads PEM too, and ignores what follows a certificate.
    return certificate.raw.equals(der) ? certificate : undefined;
  } catch {
    return undefined;
  }
}
