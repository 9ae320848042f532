/** The bags of a PKCS#12 safe, with the attributes that say what they are for. */

import type { DerNode } from '../der/der.ts';
import {
  contentOf,
  explicitValueOf,
  expectUniversal,
  isContext,
  objectIdentifierOf,
  sequenceOf,
} from '../der/der-value.ts';
import { readAttributeValue } from '../name/attribute-value.ts';
import { unreadable } from './trust-store-entries.ts';
import type { IgnoredEntry } from './trust-store-entries.ts';

export type Bag =
  | {
      readonly kind: 'certificate';
      readonly der: Uint8Array;
      readonly alias: string | undefined;
      /** keytool's mark of an entry that was imported as trusted. */
      readonly isMarkedTrusted: boolean;
    }
  | {
      readonly kind: Exclude<IgnoredEntry['kind'], 'certificate_of_private_key'>;
      readonly alias: string | undefined;
    };

const bagTypes = '1.2.840.113549.1.12.10.1.';
const x509Certificate = '1.2.840.113549.1.9.22.1';
const friendlyName = '1.2.840.113549.1.9.20';
const trustedKeyUsage = '2.16.840.1.113894.746875.1.1';

/**
 * The bags of a SafeContents, those of nested ones in their place (RFC 7292 section 4.2).
 *
 * @throws TrustDataError for a certificate that is not X.509; CertificateError for a wrong structure.
 */
export function readBags(safeContents: DerNode): readonly Bag[] {
  return sequenceOf(safeContents, 'safe contents').flatMap(readBag);
}

function readBag(node: DerNode): Bag | readonly Bag[] {
  const [typeNode, valueNode, attributeNode] = sequenceOf(node, 'bag');
  const type = objectIdentifierOf(typeNode, 'bag type');
  if (!isContext(valueNode, 0)) throw unreadable('PKCS#12: a bag without a value');
  const value = explicitValueOf(valueNode, 'bag');
  const { alias, isMarkedTrusted } = readAttributes(attributeNode);
  switch (type) {
    case `${bagTypes}1`:
    case `${bagTypes}2`:
      return { kind: 'private_key', alias };
    case `${bagTypes}3`:
      return { kind: 'certificate', der: certificateOf(value, alias), alias, isMarkedTrusted };
    case `${bagTypes}4`:
      return { kind: 'revocation_list', alias };
    case `${bagTypes}5`:
      return { kind: 'secret', alias };
    case `${bagTypes}6`:
      return readBags(value);
    default:
      return { kind: 'other', alias };
  }
}

function certificateOf(node: DerNode, alias: string | undefined): Uint8Array {
  const [type, value] = sequenceOf(node, 'certificate bag');
  if (objectIdentifierOf(type, 'certificate type') !== x509Certificate || !isContext(value, 0)) {
    throw unreadable(`PKCS#12: the certificate ${JSON.stringify(alias ?? '')} is not X.509`);
  }
  const octets = expectUniversal(
    explicitValueOf(value, 'certificate'),
    'octetString',
    'certificate',
  );
  return contentOf(octets);
}

function readAttributes(node: DerNode | undefined) {
  let alias: string | undefined;
  let isMarkedTrusted = false;
  if (node === undefined) return { alias, isMarkedTrusted };
  for (const attribute of expectUniversal(node, 'set', 'bag attributes').children) {
    const [typeNode, valuesNode] = sequenceOf(attribute, 'bag attribute');
    const type = objectIdentifierOf(typeNode, 'bag attribute');
    const [value] = expectUniversal(valuesNode, 'set', 'bag attribute').children;
    if (type === trustedKeyUsage) isMarkedTrusted = true;
    if (type === friendlyName && value !== undefined) alias = readAttributeValue(value).value;
  }
  return { alias, isMarkedTrusted };
}
