/** Extensions for certificates that we make (RFC 5280 section 4.2.1). */

import { hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

import { readDer } from '../der/der.ts';
import { sequenceOf, wholeBitStringOf } from '../der/der-value.ts';
import { writeDer, writeObjectIdentifier } from '../der/der-writer.ts';
import { EXTENDED_KEY_USAGES, KEY_USAGES } from '../key-usage.ts';
import type { ExtendedKeyUsage, KeyUsage } from '../key-usage.ts';

export type { ExtendedKeyUsage, KeyUsage };

export interface MintExtension {
  /** Dotted object identifier. */
  readonly type: string;
  readonly critical: boolean;
  /** DER of what is inside the OCTET STRING. */
  readonly value: Uint8Array;
}

export interface AlternativeNames {
  readonly dns?: readonly string[];
  /** IPv4 or IPv6 addresses in text. */
  readonly ip?: readonly string[];
  readonly uri?: readonly string[];
  readonly email?: readonly string[];
}

/** Critical. Without `ca` the sequence is empty, as `false` is the default. */
export function basicConstraints(facts: { ca: boolean; pathLength?: number }): MintExtension {
  const { ca, pathLength } = facts;
  const fields = ca ? [writeDer(0x01, Uint8Array.of(0xff))] : [];
  if (pathLength !== undefined) fields.push(writeDer(0x02, Uint8Array.of(pathLength)));
  return { type: '2.5.29.19', critical: true, value: writeDer(0x30, ...fields) };
}

/** Critical. */
export function keyUsage(usages: readonly KeyUsage[]): MintExtension {
  const positions = usages.map((usage) => KEY_USAGES.indexOf(usage));
  const last = Math.max(...positions);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const position of positions) {
    octets[position >> 3] = (octets[position >> 3] ?? 0) | (0x80 >> (position & 7));
  }
  const value = writeDer(0x03, Uint8Array.of(7 - (last & 7)), octets);
  return { type: '2.5.29.15', critical: true, value };
}

export function extendedKeyUsage(usages: readonly ExtendedKeyUsage[]): MintExtension {
  const identifiers = usages.map((usage) => writeObjectIdentifier(EXTENDED_KEY_USAGES[usage]));
  return { type: '2.5.29.37', critical: false, value: writeDer(0x30, ...identifiers) };
}

export function subjectAltName(names: AlternativeNames): MintExtension {
  const { dns = [], ip = [], uri = [], email = [] } = names;
  // The identifier octets are the context tags of GeneralName (RFC 5280 section 4.2.1.6).
  const value = writeDer(
    0x30,
    ...email.map((name) => writeDer(0x81, Buffer.from(name, 'latin1'))),
    ...dns.map((name) => writeDer(0x82, Buffer.from(name, 'latin1'))),
    ...uri.map((name) => writeDer(0x86, Buffer.from(name, 'latin1'))),
    ...ip.map((name) => writeDer(0x87, addressOctets(name))),
  );
  return { type: '2.5.29.17', critical: false, value };
}

export function subjectKeyIdentifier(publicKey: KeyObject): MintExtension {
  const value = writeDer(0x04, keyIdentifier(publicKey));
  return { type: '2.5.29.14', critical: false, value };
}

export function authorityKeyIdentifier(issuerKey: KeyObject): MintExtension {
  const value = writeDer(0x30, writeDer(0x80, keyIdentifier(issuerKey)));
  return { type: '2.5.29.35', critical: false, value };
}

/** SHA-1 of the key's BIT STRING (RFC 5280 section 4.2.1.2, method 1). A name, not a protection. */
function keyIdentifier(publicKey: KeyObject): Uint8Array {
  const spki = readDer(publicKey.export({ type: 'spki', format: 'der' }));
  const [, key] = sequenceOf(spki, 'subjectPublicKeyInfo');
  return hash('sha1', wholeBitStringOf(key, 'public key'), 'buffer');
}

function addressOctets(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
