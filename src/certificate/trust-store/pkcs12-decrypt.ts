/** The encryption that PKCS#12 files use today: PBES2 with AES (RFC 8018 section 6.2). */

import { createDecipheriv } from 'node:crypto';

import type { DerNode } from '../der/der.ts';
import {
  contentOf,
  expectUniversal,
  isUniversal,
  objectIdentifierOf,
  sequenceOf,
} from '../der/der-value.ts';
import { pbkdf2Key } from './pkcs12-password.ts';
import type { Derivation, DerivationBudget, Digest } from './pkcs12-password.ts';
import { unreadable, wrongPassphrase } from './trust-store-entries.ts';

const pbes2 = '1.2.840.113549.1.5.13';
const pbkdf2 = '1.2.840.113549.1.5.12';

const PRFS: ReadonlyMap<string, Digest> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

const CIPHERS: ReadonlyMap<string, readonly [name: string, keyBytes: number]> = new Map([
  ['2.16.840.1.101.3.4.1.2', ['aes-128-cbc', 16]],
  ['2.16.840.1.101.3.4.1.22', ['aes-192-cbc', 24]],
  ['2.16.840.1.101.3.4.1.42', ['aes-256-cbc', 32]],
]);

/** What makes a trust store that we read from one that we don't. */
export const conversionRecipe =
  'convert it with: openssl pkcs12 -legacy -in FILE -nokeys -cacerts -out FILE.pem';

/**
 * @param algorithm the AlgorithmIdentifier that stands before the encrypted octets.
 * @throws TrustDataError; `trust_store_passphrase` when the result can't be right.
 */
export function decrypt(
  algorithm: DerNode | undefined,
  encrypted: Uint8Array,
  passphrase: string,
  budget: DerivationBudget,
): Uint8Array {
  const [scheme, parameters] = sequenceOf(algorithm, 'encryption');
  const type = objectIdentifierOf(scheme, 'encryption');
  if (type !== pbes2) {
    // RC2 and DES, each with a key that can be guessed or a block that is too small.
    throw unreadable(`PKCS#12: old encryption (${type}) is not read; ${conversionRecipe}`);
  }
  const [keyDerivation, cipher] = sequenceOf(parameters, 'encryption parameters');
  const derivation = readDerivation(keyDerivation);
  const [cipherType, iv] = sequenceOf(cipher, 'cipher');
  const [name, keyBytes] = CIPHERS.get(objectIdentifierOf(cipherType, 'cipher')) ?? [];
  if (name === undefined || keyBytes === undefined) {
    throw unreadable(`PKCS#12: the cipher is not AES in CBC mode; ${conversionRecipe}`);
  }
  const initial = contentOf(expectUniversal(iv, 'octetString', 'initialization vector'));
  if (initial.length !== 16) throw unreadable('PKCS#12: initialization vector of a wrong length');
  budget.spend(derivation.iterations);
  try {
    const key = pbkdf2Key(passphrase, derivation, keyBytes);
    const decipher = createDecipheriv(name, key, initial);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch {
    throw wrongPassphrase('PKCS#12: wrong passphrase, or the file was changed');
  }
}

function readDerivation(node: DerNode | undefined): Derivation {
  const [type, parameters] = sequenceOf(node, 'key derivation');
  if (objectIdentifierOf(type, 'key derivation') !== pbkdf2) {
    throw unreadable(`PKCS#12: the key derivation is not PBKDF2; ${conversionRecipe}`);
  }
  const rest = [...sequenceOf(parameters, 'PBKDF2 parameters')];
  const salt = contentOf(expectUniversal(rest.shift(), 'octetString', 'salt'));
  const iterations = smallInteger(rest.shift(), 'iterations');
  // The length of the key follows from the cipher; where it is written, it is the same.
  if (isUniversal(rest[0], 'integer')) rest.shift();
  const prf = rest.shift();
  // The default is never written (X.690 section 11.5).
  if (prf === undefined) return { digest: 'sha1', salt, iterations };
  const digest = PRFS.get(objectIdentifierOf(sequenceOf(prf, 'PBKDF2 function')[0], 'function'));
  if (digest === undefined) throw unreadable('PKCS#12: unknown PBKDF2 function');
  return { digest, salt, iterations };
}

/** A non-negative INTEGER of at most four octets. @throws TrustDataError, CertificateError */
export function smallInteger(node: DerNode | undefined, what: string): number {
  const octets = contentOf(expectUniversal(node, 'integer', what));
  if (octets.length > 5 || (octets[0] ?? 0) >= 0x80) {
    throw unreadable(`PKCS#12: ${what} out of range`);
  }
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}
