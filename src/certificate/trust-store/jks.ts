/** Reads the JKS format of Java's `KeyStore`, as keytool writes it with `-storetype JKS`. */

import { createHash, timingSafeEqual } from 'node:crypto';

import { nameEntry, unreadable, wrongPassphrase } from './trust-store-entries.ts';
import type { IgnoredEntry, StoreEntries, TrustedEntry } from './trust-store-entries.ts';

export const jksMagic = 0xfeedfeed;

const digestBytes = 20;
/** Part of what Java digests, whatever the passphrase. */
const digestSalt = 'Mighty Aphrodite';
const privateKeyTag = 1;
const trustedCertificateTag = 2;
const certificateType = 'X.509';

/**
 * The trusted certificates of a store of version 1 or 2. Its integrity is always checked, which needs
 * the passphrase; Java itself reads a store without one, and then notices no change.
 *
 * @throws TrustDataError `trust_store_unreadable` or `trust_store_passphrase`.
 */
export function readJks(bytes: Uint8Array, passphrase: string | undefined): StoreEntries {
  if (bytes.length < 12 + digestBytes) throw unreadable('JKS: cut short');
  const content = bytes.subarray(0, bytes.length - digestBytes);
  expectIntegrity(content, bytes.subarray(content.length), passphrase);

  const cursor = createCursor(content);
  if (cursor.uint32('magic number') !== jksMagic) throw unreadable('JKS: wrong magic number');
  const version = cursor.uint32('version');
  if (version !== 1 && version !== 2) throw unreadable(`JKS: version ${version} is not known`);
  const count = cursor.uint32('number of entries');

  const trusted: TrustedEntry[] = [];
  const ignored: IgnoredEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const tag = cursor.uint32('entry');
    const alias = cursor.text('alias');
    cursor.take(8, 'date of an entry');
    if (tag === trustedCertificateTag) {
      trusted.push({ der: readCertificate(cursor, version), alias });
      continue;
    }
    if (tag !== privateKeyTag) {
      throw unreadable(`JKS: entry ${nameEntry(index, { alias })} is of unknown kind ${tag}`);
    }
    cursor.take(cursor.uint32('private key'), 'private key');
    ignored.push({ kind: 'private_key', alias });
    for (let left = cursor.uint32('chain'); left > 0; left -= 1) {
      readCertificate(cursor, version);
      ignored.push({ kind: 'certificate_of_private_key', alias });
    }
  }
  if (cursor.left() > 0) throw unreadable(`JKS: ${cursor.left()} octets follow the last entry`);
  return { trusted, ignored };
}

/** SHA-1 over the passphrase in UTF-16, the salt and all that comes before the digest. */
function expectIntegrity(
  content: Uint8Array,
  digest: Uint8Array,
  passphrase: string | undefined,
): void {
  if (passphrase === undefined) throw wrongPassphrase('JKS: a passphrase is needed');
  const computed = createHash('sha1')
    .update(Buffer.from(passphrase, 'utf16le').swap16())
    .update(digestSalt)
    .update(content)
    .digest();
  if (timingSafeEqual(computed, digest)) return;
  throw wrongPassphrase('JKS: wrong passphrase, or the file was changed or cut short');
}

function readCertificate(cursor: Cursor, version: 1 | 2): Uint8Array {
  // Version 1 knows one type only and does not name it.
  const type = version === 1 ? certificateType : cursor.text('certificate type');
  if (type !== certificateType) {
    throw unreadable(`JKS: certificate of type ${JSON.stringify(type)}`);
  }
  return cursor.take(cursor.uint32('certificate'), 'certificate');
}

type Cursor = ReturnType<typeof createCursor>;

/** Reads big-endian fields one after the other. */
function createCursor(source: Uint8Array) {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let offset = 0;
  const take = (length: number, what: string): Uint8Array => {
    if (length > source.length - offset) throw unreadable(`JKS: ends within: ${what}`);
    offset += length;
    return source.subarray(offset - length, offset);
  };
  return {
    take,
    uint32: (what: string): number => {
      take(4, what);
      return view.getUint32(offset - 4);
    },
    /** Java's modified UTF-8, which has a length of two octets and writes NUL as two. */
    text: (what: string): string => {
      take(2, what);
      return readModifiedUtf8(take(view.getUint16(offset - 2), what));
    },
    left: (): number => source.length - offset,
  };
}

/** Code units of UTF-16, each in one to three octets; surrogates stand for themselves. */
function readModifiedUtf8(octets: Uint8Array): string {
  const units: number[] = [];
  for (let at = 0; at < octets.length;) {
    const first = octets[at] ?? 0;
    const length = first < 0x80 ? 1 : first >> 5 === 0b110 ? 2 : first >> 4 === 0b1110 ? 3 : 0;
    const tail = octets.subarray(at + 1, at + length);
    if (length === 0 || tail.length !== length - 1 || tail.some((octet) => octet >> 6 !== 0b10)) {
      throw unreadable('JKS: text that is not in modified UTF-8');
    }
    const lead = length === 1 ? first : first & (0xff >> (length + 1));
    units.push(tail.reduce((unit, octet) => (unit << 6) | (octet & 0x3f), lead));
    at += length;
  }
  // Piece by piece: a call can't have any number of arguments.
  return units.map((unit) => String.fromCharCode(unit)).join('');
}
