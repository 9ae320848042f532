/** What the values of a DER tree say: each accessor names its type and refuses any other. */

import { expectBitString, malformed, UNIVERSAL } from './der.ts';
import type { DerNode } from './der.ts';

const year2050 = Date.UTC(2050, 0);

type UniversalType = keyof typeof UNIVERSAL;

/** Whether the node is there and of the given universal type. */
export function isUniversal(node: DerNode | undefined, type: UniversalType): node is DerNode {
  return node?.tagClass === 'universal' && node.tagNumber === UNIVERSAL[type];
}

/** Whether the node is there and has the given context-specific tag. */
export function isContext(node: DerNode | undefined, tagNumber: number): node is DerNode {
  return node?.tagClass === 'context' && node.tagNumber === tagNumber;
}

/**
 * The node itself when it has the given universal type.
 *
 * @param what names the field in the error.
 * @throws CertificateError `certificate_malformed`, as every accessor here.
 */
export function expectUniversal(
  node: DerNode | undefined,
  type: UniversalType,
  what: string,
): DerNode {
  if (node === undefined) throw malformed(0, `${what} is missing`);
  const { start } = node;
  if (!isUniversal(node, type)) throw malformed(start, `${what} is not of type ${type}`);
  return node;
}

/** The elements of a SEQUENCE. */
export function sequenceOf(node: DerNode | undefined, what: string): readonly DerNode[] {
  return expectUniversal(node, 'sequence', what).children;
}

/** The value of an explicit context tag, which holds exactly one. */
export function explicitValueOf(node: DerNode, what: string): DerNode {
  const [value, ...others] = node.children;
  if (value === undefined || others.length > 0) {
    throw malformed(node.start, `${what} does not hold exactly one value`);
  }
  return value;
}

/** The content octets, as a view of the input. */
export function contentOf(node: DerNode): Uint8Array {
  return node.source.subarray(node.contentStart, node.end);
}

/** The whole encoding, identifier and length included, as a view of the input. */
export function encodingOf(node: DerNode): Uint8Array {
  return node.source.subarray(node.start, node.end);
}

/** A BOOLEAN; the walk has seen to it that there is but one spelling of each value. */
export function booleanOf(node: DerNode | undefined, what: string): boolean {
  return contentOf(expectUniversal(node, 'boolean', what))[0] === 0xff;
}

/** An OBJECT IDENTIFIER in dotted form. */
export function objectIdentifierOf(node: DerNode | undefined, what: string): string {
  const content = contentOf(expectUniversal(node, 'objectIdentifier', what));
  let text = '';
  let arc = 0;
  let largeArc: bigint | undefined;
  for (const octet of content) {
    // Arcs that don't fit a double exist: 2.25 is followed by a UUID of 128 bits.
    if (largeArc === undefined && arc >= 2 ** 45) largeArc = BigInt(arc);
    if (largeArc === undefined) arc = arc * 128 + (octet & 0x7f);
    else largeArc = largeArc * 128n + BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    if (text !== '') text += `.${largeArc ?? arc}`;
    else if (largeArc !== undefined) text = `2.${largeArc - 80n}`;
    else text = arc < 80 ? `${Math.floor(arc / 40)}.${arc % 40}` : `2.${arc - 80}`;
    arc = 0;
    largeArc = undefined;
  }
  return text;
}

/** The content octets of an INTEGER in lower-case hex, the sign octet included. */
export function integerHexOf(node: DerNode | undefined, what: string): string {
  return hexOf(contentOf(expectUniversal(node, 'integer', what)));
}

/** The octets of a BIT STRING that is made of whole octets. */
export function wholeBitStringOf(node: DerNode | undefined, what: string): Uint8Array {
  const content = contentOf(expectUniversal(node, 'bitString', what));
  if (content[0] !== 0) throw malformed(node?.start ?? 0, `${what} is not made of whole octets`);
  return content.subarray(1);
}

/** Checks a BIT STRING whose type is hidden by an implicit tag. */
export function expectImplicitBitString(node: DerNode, what: string): void {
  if (node.constructed) throw malformed(node.start, `${what} in the wrong form`);
  expectBitString(node.source, node.contentStart, node.end);
}

/**
 * A Time in milliseconds since the epoch: UTCTime for the years 1950 to 2049, GeneralizedTime from
 * 2050 on, both with seconds and `Z`, neither with fractions (RFC 5280 section 4.1.2.5).
 */
export function timeOf(node: DerNode | undefined, what: string): number {
  if (isUniversal(node, 'utcTime')) {
    const digits = /^(\d{12})Z$/.exec(asciiOf(node))?.[1];
    if (digits === undefined) throw malformed(node.start, `${what} is not YYMMDDHHMMSSZ`);
    // RFC 5280 section 4.1.2.5.1
    const century = digits < '50' ? '20' : '19';
    return momentOf(`${century}${digits}`, node, what);
  }
  const time = expectUniversal(node, 'generalizedTime', what);
  const moment = generalizedTimeOf(time, what);
  if (moment < year2050) throw malformed(time.start, `${what} before 2050 is not a UTCTime`);
  return moment;
}

/**
 * A GeneralizedTime of any year in milliseconds since the epoch, with seconds and `Z`, without
 * fractions, as CRL entries and OCSP answers have it (RFC 5280 section 5.3.2, RFC 6960 section 4.2.2.1).
 */
export function generalizedTimeOf(node: DerNode | undefined, what: string): number {
  const time = expectUniversal(node, 'generalizedTime', what);
  const digits = /^(\d{14})Z$/.exec(asciiOf(time))?.[1];
  if (digits === undefined) throw malformed(time.start, `${what} is not YYYYMMDDHHMMSSZ`);
  return momentOf(digits, time, what);
}

/** `digits` are YYYYMMDDHHMMSS. Days that the calendar does not have, and leap seconds, are refused. */
function momentOf(digits: string, node: DerNode, what: string): number {
  const part = (from: number, to: number): number => Number(digits.slice(from, to));
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  const moment = Date.UTC(
    part(0, 4),
    part(4, 6) - 1,
    part(6, 8),
    part(8, 10),
    part(10, 12),
    part(12, 14),
  );
  if (new Date(moment).toISOString() !== iso) throw malformed(node.start, `${what} does not exist`);
  return moment;
}

function asciiOf(node: DerNode): string {
  return bufferOf(contentOf(node)).toString('latin1');
}

/** Lower-case hex. */
export function hexOf(octets: Uint8Array): string {
  return bufferOf(octets).toString('hex');
}

function bufferOf(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
