/** The integrity check of a PKCS#12 file, which is also the check of its passphrase. */

import { createHmac, timingSafeEqual } from 'node:crypto';

import type { DerNode } from '../der/der.ts';
import { contentOf, expectUniversal, objectIdentifierOf, sequenceOf } from '../der/der-value.ts';
import { conversionRecipe, smallInteger } from './pkcs12-decrypt.ts';
import { bmpPasswords, macKey } from './pkcs12-password.ts';
import type { DerivationBudget, Digest } from './pkcs12-password.ts';
import { unreadable, wrongPassphrase } from './trust-store-entries.ts';

const DIGESTS: ReadonlyMap<string, Digest> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/**
 * Checks a MacData over the octets of the safe (RFC 7292 section 5.1). An undefined passphrase is
 * the empty one.
 *
 * @throws TrustDataError `trust_store_passphrase` when it does not fit.
 */
export function expectMac(
  node: DerNode,
  safe: Uint8Array,
  passphrase: string | undefined,
  budget: DerivationBudget,
): void {
  const [mac, saltNode, iterationsNode] = sequenceOf(node, 'MAC');
  const [algorithm, valueNode] = sequenceOf(mac, 'MAC');
  const type = objectIdentifierOf(sequenceOf(algorithm, 'MAC algorithm')[0], 'MAC algorithm');
  const digest = DIGESTS.get(type);
  if (digest === undefined) {
    throw unreadable(`PKCS#12: MAC algorithm ${type} is not known; ${conversionRecipe}`);
  }
  const value = contentOf(expectUniversal(valueNode, 'octetString', 'MAC value'));
  const salt = contentOf(expectUniversal(saltNode, 'octetString', 'MAC salt'));
  // One is the default and so is never written.
  const iterations =
    iterationsNode === undefined ? 1 : smallInteger(iterationsNode, 'MAC iterations');
  for (const password of bmpPasswords(passphrase)) {
    budget.spend(iterations);
    const key = macKey(password, { digest, salt, iterations });
    const computed = createHmac(digest, key).update(safe).digest();
    if (computed.length === value.length && timingSafeEqual(computed, value)) return;
  }
  throw wrongPassphrase(
    passphrase === undefined
      ? 'PKCS#12: a passphrase is needed, or the file was changed'
      : 'PKCS#12: wrong passphrase, or the file was changed',
  );
}
