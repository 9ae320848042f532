/** Distinguished names as RFC 4514 text: the canonical form, and its strict reader. */

import { encodeAttributeValue } from './attribute-value.ts';
import { nameOfType, typeOfRfcName } from './attribute-types.ts';
import { hexOf } from '../der/der-value.ts';
import type {
  DistinguishedName,
  NameAttribute,
  RelativeDistinguishedName,
} from './distinguished-name.ts';
import { nameProblem, openNameText, readRdns } from './distinguished-name-reader.ts';

/** RFC 4514 text with canonical escapes, last RDN first. Characters that can't be seen are escaped. */
export function formatDistinguishedName(name: DistinguishedName): string {
  return name.toReversed().map(formatRdn).join(',');
}

function formatRdn(rdn: RelativeDistinguishedName): string {
  return rdn.map(formatAttribute).join('+');
}

function formatAttribute(attribute: NameAttribute): string {
  const name = nameOfType(attribute.type);
  if (name === undefined || attribute.encoding === 'der') {
    return `${name ?? attribute.type}=#${hexOf(encodeAttributeValue(attribute))}`;
  }
  return `${name}=${escapeValue(attribute.value)}`;
}

function escapeValue(value: string): string {
  return value
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/^[ #]| $/g, '\\$&')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (point) =>
      hexOf(Buffer.from(point, 'utf8')).replace(/../g, '\\$&'),
    );
}

/**
 * Reads RFC 4514 text. Spaces around `=`, `+` and `,` are taken, as they can't belong to a value;
 * quoted values, `;` and the slash form have other meanings elsewhere and are refused.
 *
 * @throws CertificateError `certificate_malformed`, the message saying where and why.
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  const reader = openNameText(text);
  if (text.startsWith('/')) {
    throw nameProblem(reader, 'starts with a slash: expected text such as CN=client,O=Example');
  }
  const rdns = readRdns(reader, { typeOf: typeOfRfcName, olderForms: false });
  return Object.freeze(rdns.toReversed());
}
