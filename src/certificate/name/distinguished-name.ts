/** Distinguished names as structure (RFC 5280 section 4.1.2.4), never as text to be cut up. */

import { malformed } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import { expectUniversal, objectIdentifierOf, sequenceOf } from '../der/der-value.ts';
import { writeDer, writeObjectIdentifier } from '../der/der-writer.ts';
import { comparableValue, encodeAttributeValue, readAttributeValue } from './attribute-value.ts';
import type { AttributeValue } from './attribute-value.ts';

export { formatDistinguishedName, parseDistinguishedName } from './distinguished-name-text.ts';

export interface NameAttribute extends AttributeValue {
  /** Dotted object identifier, such as `2.5.4.3` for the common name. */
  readonly type: string;
}

/** A set: the order of its attributes says nothing. */
export type RelativeDistinguishedName = readonly NameAttribute[];

/** In the order of the certificate, which is the reverse of RFC 4514 text. */
export type DistinguishedName = readonly RelativeDistinguishedName[];

/** Several times what any directory has; they bound the work on one name. */
const maxRdns = 128;
const maxAttributesOfRdn = 16;

/** Reads a Name; the result is frozen. @throws CertificateError `certificate_malformed`. */
export function readDistinguishedName(node: DerNode | undefined, what: string): DistinguishedName {
  const rdns = sequenceOf(node, what);
  if (rdns.length > maxRdns) throw malformed(node?.start ?? 0, `${what} has too many RDNs`);
  return Object.freeze(rdns.map((rdn) => readRdn(rdn, what)));
}

function readRdn(node: DerNode, what: string): RelativeDistinguishedName {
  const attributes = expectUniversal(node, 'set', what).children;
  if (attributes.length === 0) throw malformed(node.start, `${what} has an empty RDN`);
  if (attributes.length > maxAttributesOfRdn) {
    throw malformed(node.start, `${what} has an RDN of too many attributes`);
  }
  return Object.freeze(attributes.map((attribute) => readAttribute(attribute, what)));
}

function readAttribute(node: DerNode, what: string): NameAttribute {
  const [type, value, ...others] = sequenceOf(node, what);
  if (value === undefined || others.length > 0) {
    throw malformed(node.start, `${what} has an attribute that is not a type with a value`);
  }
  return Object.freeze({ type: objectIdentifierOf(type, what), ...readAttributeValue(value) });
}

/** The DER of a Name. */
export function encodeDistinguishedName(name: DistinguishedName): Uint8Array {
  return writeDer(0x30, ...name.map(encodeRdn));
}

function encodeRdn(rdn: RelativeDistinguishedName): Uint8Array {
  const attributes = rdn.map((attribute) =>
    writeDer(0x30, writeObjectIdentifier(attribute.type), encodeAttributeValue(attribute)),
  );
  // DER sorts the elements of a SET OF (X.690 section 11.6).
  return writeDer(0x31, ...attributes.toSorted(Buffer.compare));
}

/**
 * Whether two names are equal: the same sequence of RDNs, each the same set of attributes, values
 * as `comparableValue` says (RFC 5280 section 7.1, RFC 4517 distinguishedNameMatch).
 */
export function sameDistinguishedName(a: DistinguishedName, b: DistinguishedName): boolean {
  if (a.length !== b.length) return false;
  return a.every((rdn, index) => sameRdn(rdn, b[index] ?? []));
}

function sameRdn(a: RelativeDistinguishedName, b: RelativeDistinguishedName): boolean {
  if (a.length !== b.length) return false;
  const others = b.map(comparableAttribute).toSorted();
  return a
    .map(comparableAttribute)
    .toSorted()
    .every((attribute, index) => attribute === others[index]);
}

function comparableAttribute(attribute: NameAttribute): string {
  return `${attribute.type} ${comparableValue(attribute)}`;
}
