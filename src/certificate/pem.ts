/** Reads and writes certificates in PEM (RFC 7468). */

import { CertificateError } from '../errors.ts';
import { decodePemBlock, readPemBlocks } from './pem-blocks.ts';

const label = 'CERTIFICATE';

/**
 * The DER of every CERTIFICATE block, in order; at least one. Blocks of other kinds, such as a
 * private key, are passed over when they are whole. Lines outside of blocks are comments.
 *
 * @throws CertificateError `certificate_malformed`; the message names the line and what is wrong.
 */
export function readCertificates(text: string): readonly Uint8Array[] {
  const certificates = readPemBlocks(text)
    .filter((block) => block.label === label)
    .map((block) => decodePemBlock(block, 'certificate'));
  if (certificates.length > 0) return certificates;
  throw new CertificateError('certificate_malformed', 'no certificate in PEM form');
}

/** One CERTIFICATE block in lines of 64 characters, ending with a line break. */
export function writePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
