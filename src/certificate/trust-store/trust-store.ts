/** Reads a file of trust anchors in whatever format it is, all of it or none of it. */

import { CertificateError } from '../../errors.ts';
import { jksMagic, readJks } from './jks.ts';
import { parseCertificate } from '../parse.ts';
import { decodePemBlock, readPemBlocks } from '../pem-blocks.ts';
import { conversionRecipe } from './pkcs12-decrypt.ts';
import { readPkcs12 } from './pkcs12.ts';
import { maxStoreBytes, nameEntry, unreadable } from './trust-store-entries.ts';
import type { IgnoredEntry, StoreEntries, TrustedEntry } from './trust-store-entries.ts';

export type { IgnoredEntry, TrustedEntry } from './trust-store-entries.ts';

export type TrustStoreFormat = 'pem' | 'der' | 'pkcs12' | 'jks';

export interface TrustStore {
  readonly format: TrustStoreFormat;
  /** At least one; each has been parsed. */
  readonly certificates: readonly TrustedEntry[];
  /** What else is in the file and is no trust anchor, in its order. */
  readonly ignored: readonly IgnoredEntry[];
}

const jceksMagic = 0xcececece;

/**
 * The trust anchors of a file. The format is told by the bytes, never by the name. One certificate
 * that can't be read, anywhere in the file, refuses all of it; so does a file without any anchor.
 *
 * Entries with a private key are read and counted, yet neither the key's certificate nor the chain
 * above it becomes an anchor; see `IgnoredEntry`.
 *
 * @param passphrase needed for JKS; where PKCS#12 has none it is the empty one; else not looked at.
 * @throws TrustDataError `trust_store_unreadable` or `trust_store_passphrase`.
 */
export function readTrustStore(
  bytes: Uint8Array,
  { passphrase }: { readonly passphrase?: string } = {},
): TrustStore {
  if (bytes.length > maxStoreBytes) throw unreadable(`more than ${maxStoreBytes} octets`);
  const format = sniffFormat(bytes);
  const { trusted, ignored } = readEntries(format, bytes, passphrase);
  if (trusted.length === 0) throw unreadable(`no trusted certificate${whatElse(format, ignored)}`);
  return { format, certificates: trusted.map(expectReadable), ignored };
}

function readEntries(
  format: TrustStoreFormat,
  bytes: Uint8Array,
  passphrase: string | undefined,
): StoreEntries {
  try {
    switch (format) {
      case 'jks':
        return readJks(bytes, passphrase);
      case 'pkcs12':
        return readPkcs12(bytes, passphrase);
      case 'der':
        return { trusted: [{ der: bytes }], ignored: [] };
      case 'pem':
        return readPemStore(bytes);
    }
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    // Files in BER are among these: some tools write PKCS#12 so.
    const hint = format === 'pkcs12' ? `; ${conversionRecipe}` : '';
    throw unreadable(`${error.message}${hint}`, error);
  }
}

function readPemStore(bytes: Uint8Array): StoreEntries {
  const trusted: TrustedEntry[] = [];
  const ignored: IgnoredEntry[] = [];
  for (const block of readPemBlocks(Buffer.from(bytes).toString('latin1'))) {
    const { label, start: line } = block;
    if (label === 'CERTIFICATE') trusted.push({ der: decodePemBlock(block, 'certificate'), line });
    else ignored.push({ kind: kindOf(label), line });
  }
  return { trusted, ignored };
}

function kindOf(label: string): IgnoredEntry['kind'] {
  if (label.endsWith('PRIVATE KEY')) return 'private_key';
  return label === 'X509 CRL' ? 'revocation_list' : 'other';
}

/** By the first octets: a SEQUENCE starting with a version is PKCS#12, with another a certificate. */
function sniffFormat(bytes: Uint8Array): TrustStoreFormat {
  const start = Buffer.from(bytes.subarray(0, 16));
  if (start.length === 0) throw unreadable('the file is empty');
  const magic = start.length >= 4 ? start.readUInt32BE(0) : 0;
  if (magic === jksMagic) return 'jks';
  if (magic === jceksMagic) {
    throw unreadable(
      'JCEKS is not read; convert it with: keytool -importkeystore -srcstoretype JCEKS ' +
        '-srckeystore FILE -deststoretype PKCS12 -destkeystore FILE.p12',
    );
  }
  if (start[0] !== 0x30) return 'pem';
  const lengthOctets = (start[1] ?? 0) >= 0x80 ? (start[1] ?? 0) & 0x7f : 0;
  switch (start[2 + lengthOctets]) {
    case 0x30:
      return 'der';
    case 0x06:
      throw unreadable(
        'PKCS#7 is not read; convert it with: openssl pkcs7 -print_certs -inform DER',
      );
    default:
      return 'pkcs12';
  }
}

function expectReadable(entry: TrustedEntry, index: number): TrustedEntry {
  try {
    parseCertificate(entry.der);
    return entry;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw unreadable(`certificate ${nameEntry(index, entry)}: ${error.message}`, error);
  }
}

/** A file with keys only is most often a key store given in place of a trust store. */
function whatElse(format: TrustStoreFormat, ignored: readonly IgnoredEntry[]): string {
  const count = (kind: IgnoredEntry['kind']): number =>
    ignored.filter((entry) => entry.kind === kind).length;
  const keys = count('private_key');
  if (keys === 0) return '';
  const certificates = count('certificate_of_private_key');
  const remedy =
    format === 'pkcs12' ? conversionRecipe : 'put the CA certificates into a file of their own';
  return (
    `: the file has ${keys} private keys with ${certificates} certificates of theirs, ` +
    `which are not trusted; ${remedy}`
  );
}
