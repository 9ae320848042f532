/** Reads the CRLs of a file: one in DER, or any number in PEM. */

import { CertificateError, TrustDataError } from '../../errors.ts';
import { maxCrlBytes, parseCrl } from './crl.ts';
import type { Crl } from './crl.ts';
import { decodePemBlock, readPemBlocks } from '../pem-blocks.ts';

const label = 'X509 CRL';

/**
 * Every CRL of the file, at least one. Whole PEM blocks of other kinds are passed over, so that a
 * bundle of certificates and lists can be given as it is; a damaged block refuses the file.
 *
 * @param maxBytes of one CRL in DER.
 * @throws TrustDataError `crl_malformed` or `crl_unsupported`, naming the line in PEM.
 */
export function readCrls(
  bytes: Uint8Array,
  { maxBytes = maxCrlBytes }: { readonly maxBytes?: number } = {},
): readonly Crl[] {
  if (bytes[0] === 0x30) return [parseCrl(bytes, { maxBytes })];
  const crls = blocksOf(bytes, maxBytes).map((block) => {
    try {
      return parseCrl(decodePemBlock(block, label), { maxBytes });
    } catch (error) {
      if (!(error instanceof TrustDataError)) throw asMalformed(error);
      const detail = `the ${label} of line ${block.start}: ${error.message}`;
      throw new TrustDataError(error.reason, detail, error);
    }
  });
  if (crls.length > 0) return crls;
  throw new TrustDataError('crl_malformed', 'no CRL in PEM or DER form');
}

function blocksOf(bytes: Uint8Array, maxBytes: number): ReturnType<typeof readPemBlocks> {
  // Four characters for three octets, line breaks, and room for what stands between blocks.
  const maxLength = maxBytes * 2 + 65_536;
  if (bytes.length > maxLength) {
    throw new TrustDataError('crl_malformed', `more than ${maxLength} octets in PEM`);
  }
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return readPemBlocks(text, maxLength).filter((block) => block.label === label);
  } catch (error) {
    throw asMalformed(error);
  }
}

function asMalformed(error: unknown): unknown {
  if (!(error instanceof CertificateError)) return error;
  return new TrustDataError('crl_malformed', error.message, error);
}
