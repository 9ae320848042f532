/** What a key may be used for: keyUsage and extendedKeyUsage (RFC 5280 section 4.2.1.3 and 4.2.1.12). */

import { malformed, readDer } from './der/der.ts';
import { contentOf, expectUniversal, objectIdentifierOf, sequenceOf } from './der/der-value.ts';

/** The bits of KeyUsage, in their order. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export const EXTENDED_KEY_USAGES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  any: '2.5.29.37.0',
} as const;
export type ExtendedKeyUsage = keyof typeof EXTENDED_KEY_USAGES;

/**
 * The usages that the value of a keyUsage extension allows, at least one.
 *
 * @throws CertificateError `certificate_malformed`, as both functions here.
 */
export function readKeyUsage(der: Uint8Array): ReadonlySet<KeyUsage> {
  const [, ...octets] = contentOf(expectUniversal(readDer(der), 'bitString', 'keyUsage'));
  const isSet = (position: number): boolean =>
    ((octets[position >> 3] ?? 0) & (0x80 >> (position & 7))) !== 0;
  const usages = new Set(KEY_USAGES.filter((_, position) => isSet(position)));
  if (usages.size === 0) throw malformed(0, 'keyUsage without a usage');
  return usages;
}

/** The object identifiers of an extendedKeyUsage extension, at least one. */
export function readExtendedKeyUsage(der: Uint8Array): ReadonlySet<string> {
  const purposes = sequenceOf(readDer(der), 'extendedKeyUsage');
  if (purposes.length === 0) throw malformed(0, 'extendedKeyUsage is empty');
  return new Set(purposes.map((purpose) => objectIdentifierOf(purpose, 'extendedKeyUsage')));
}
