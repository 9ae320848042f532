/**
 * Reads PKCS#12 files (RFC 7292) as trust stores. Our own reader, as `crypto.parsePKCS12` drops names
 * and attributes, without which a certificate that belongs to a second private key looks like a
 * trusted one, and passes over in silence what it does not know. Private keys are not decrypted.
 */

import { readDer } from '../der/der.ts';
import type { DerLimits, DerNode } from '../der/der.ts';
import {
  contentOf,
  explicitValueOf,
  expectUniversal,
  isContext,
  objectIdentifierOf,
  sequenceOf,
} from '../der/der-value.ts';
import { readBags } from './pkcs12-bags.ts';
import type { Bag } from './pkcs12-bags.ts';
import { decrypt, smallInteger } from './pkcs12-decrypt.ts';
import { expectMac } from './pkcs12-mac.ts';
import { createDerivationBudget } from './pkcs12-password.ts';
import type { DerivationBudget } from './pkcs12-password.ts';
import { maxStoreBytes, unreadable } from './trust-store-entries.ts';
import type { IgnoredEntry, StoreEntries, TrustedEntry } from './trust-store-entries.ts';

const limits: DerLimits = { maxBytes: maxStoreBytes, maxValues: 65_536 };

const data = '1.2.840.113549.1.7.1';
const encryptedData = '1.2.840.113549.1.7.6';

/**
 * The trusted certificates of a file: those that keytool marked as trusted, and in a file without
 * private keys all of them. A file without a MAC, as keytool can write it, is taken like PEM: its
 * integrity is that of the disk.
 *
 * @param passphrase undefined means the empty one.
 * @throws TrustDataError; CertificateError where the bytes are not DER.
 */
export function readPkcs12(bytes: Uint8Array, passphrase: string | undefined): StoreEntries {
  const [version, authSafe, mac, ...others] = sequenceOf(readDer(bytes, limits), 'PKCS#12');
  if (smallInteger(version, 'version') !== 3 || others.length > 0) {
    throw unreadable('PKCS#12: not of version 3');
  }
  const budget = createDerivationBudget();
  const safe = dataOf(authSafe);
  if (mac !== undefined) expectMac(mac, safe, passphrase, budget);

  const bags = sequenceOf(readDer(safe, limits), 'safe').flatMap((part) =>
    readBags(readDer(openPart(part, passphrase ?? '', budget), limits)),
  );
  const hasPrivateKey = bags.some(({ kind }) => kind === 'private_key');
  const trusted: TrustedEntry[] = [];
  const ignored: IgnoredEntry[] = [];
  for (const bag of bags) {
    const isTrusted = bag.kind === 'certificate' && (bag.isMarkedTrusted || !hasPrivateKey);
    if (isTrusted) trusted.push({ der: bag.der, ...named(bag) });
    else ignored.push({ kind: ignoredKind(bag), ...named(bag) });
  }
  return { trusted, ignored };
}

function named({ alias }: Bag): { readonly alias?: string } {
  return alias === undefined ? {} : { alias };
}

function ignoredKind(bag: Bag): IgnoredEntry['kind'] {
  return bag.kind === 'certificate' ? 'certificate_of_private_key' : bag.kind;
}

/** The octets of one part of the safe, decrypted where they are encrypted. */
function openPart(part: DerNode, passphrase: string, budget: DerivationBudget): Uint8Array {
  const { type, content } = contentInfoOf(part);
  if (type === data) return contentOf(expectUniversal(content, 'octetString', 'content'));
  if (type !== encryptedData) {
    throw unreadable(`PKCS#12: a part of type ${type}, such as one for a public key, is not read`);
  }
  const [version, info] = sequenceOf(content, 'encrypted part');
  if (smallInteger(version, 'version') !== 0) throw unreadable('PKCS#12: unknown encrypted part');
  const [innerType, algorithm, encrypted] = sequenceOf(info, 'encrypted content');
  if (objectIdentifierOf(innerType, 'encrypted content') !== data) {
    throw unreadable('PKCS#12: encrypted content that is not data');
  }
  if (!isContext(encrypted, 0) || encrypted.constructed) {
    throw unreadable('PKCS#12: encrypted content is missing or in pieces');
  }
  return decrypt(algorithm, contentOf(encrypted), passphrase, budget);
}

function dataOf(node: DerNode | undefined): Uint8Array {
  const { type, content } = contentInfoOf(node);
  if (type !== data) {
    throw unreadable(`PKCS#12: signed by a key instead of a passphrase (${type}) is not read`);
  }
  return contentOf(expectUniversal(content, 'octetString', 'safe'));
}

function contentInfoOf(node: DerNode | undefined): { type: string; content: DerNode } {
  const [type, content] = sequenceOf(node, 'content');
  if (!isContext(content, 0)) throw unreadable('PKCS#12: content is missing');
  return {
    type: objectIdentifierOf(type, 'content type'),
    content: explicitValueOf(content, 'content'),
  };
}
