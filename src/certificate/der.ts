/**
 * A strict reader of DER (X.690 section 8 and 10). Whatever has a second spelling is refused, so
 * that no other reader of the same bytes can see something else in them.
 */

import { CertificateError } from '../errors.ts';

export type TagClass = 'universal' | 'application' | 'context' | 'private';

/** One value and, where it is constructed, the values inside it. */
export interface DerNode {
  /** The whole input; the offsets count from its start. */
  readonly source: Uint8Array;
  readonly tagClass: TagClass;
  readonly tagNumber: number;
  readonly constructed: boolean;
  /** Offset of the identifier octet. */
  readonly start: number;
  readonly contentStart: number;
  /** Offset after the last content octet. */
  readonly end: number;
  /** Empty where `constructed` is false. */
  readonly children: readonly DerNode[];
}

/** Tag numbers of the universal class that certificates use. */
export const UNIVERSAL = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  objectIdentifier: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  printableString: 19,
  teletexString: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  universalString: 28,
  bmpString: 30,
} as const;

/** No certificate in use comes near it, and it bounds the work on one. */
export const maxDerBytes = 65_536;

const maxDepth = 32;
/** Ten times what a certificate has: one made of tiny values must not hold the event loop. */
const maxValues = 4_096;
/** Enough for arcs made of a UUID; longer ones would make the conversion to text expensive. */
const maxOidBytes = 128;

const TAG_CLASSES: readonly TagClass[] = ['universal', 'application', 'context', 'private'];
/** EXTERNAL, EMBEDDED PDV, SEQUENCE, SET, unrestricted CHARACTER STRING (X.690 section 10.2). */
const CONSTRUCTED_UNIVERSALS: ReadonlySet<number> = new Set([8, 11, 16, 17, 29]);

/**
 * Reads exactly one value that fills the input. Time is linear in its length.
 *
 * @throws CertificateError `certificate_malformed` naming the offset of the first violation.
 */
export function readDer(source: Uint8Array): DerNode {
  if (source.length > maxDerBytes) {
    throw malformed(0, `${source.length} octets are more than ${maxDerBytes}`);
  }
  const node = readNode(source, 0, source.length, { depth: 0, valuesLeft: maxValues });
  if (node.end !== source.length) throw malformed(node.end, 'octets follow the value');
  return node;
}

/**
 * The length in octets that the first value of the input claims to have, header included. Looks at
 * the header alone.
 *
 * @throws CertificateError `certificate_malformed` when the header breaks the rules of DER.
 */
export function claimedLength(source: Uint8Array): number {
  return readHeader(source, 0, source.length).end;
}

/** The error for a value that breaks a rule at `offset` of its input. */
export function malformed(offset: number, problem: string): CertificateError {
  return new CertificateError('certificate_malformed', `DER offset ${offset}: ${problem}`);
}

type Header = Omit<DerNode, 'source' | 'children'>;

/** How far the walk has come; one object for the whole walk. */
interface Walk {
  depth: number;
  valuesLeft: number;
}

function readNode(source: Uint8Array, start: number, limit: number, walk: Walk): DerNode {
  if (walk.depth > maxDepth) throw malformed(start, `nested more than ${maxDepth} deep`);
  walk.valuesLeft -= 1;
  if (walk.valuesLeft < 0) throw malformed(start, `more than ${maxValues} values`);
  const header = readHeader(source, start, limit);
  const { tagClass, tagNumber, constructed, contentStart, end } = header;
  if (end > limit) throw malformed(start, 'the length runs past the end');
  if (tagClass === 'universal') expectUniversalForm(source, header);

  const children: DerNode[] = [];
  walk.depth += 1;
  for (let offset = contentStart; constructed && offset < end;) {
    const child = readNode(source, offset, end, walk);
    children.push(child);
    offset = child.end;
  }
  walk.depth -= 1;
  return { source, tagClass, tagNumber, constructed, start, contentStart, end, children };
}

function readHeader(source: Uint8Array, start: number, limit: number): Header {
  const identifier = octetAt(source, start, limit);
  const tagClass = TAG_CLASSES[identifier >> 6] ?? 'private';
  const constructed = (identifier & 0x20) !== 0;
  let tagNumber = identifier & 0x1f;
  let offset = start + 1;
  if (tagNumber === 0x1f) {
    tagNumber = 0;
    let octet: number;
    do {
      octet = octetAt(source, offset, limit);
      if (octet === 0x80 && tagNumber === 0) throw malformed(offset, 'tag number with padding');
      if (tagNumber >= 2 ** 21) throw malformed(offset, 'tag number too large');
      tagNumber = tagNumber * 128 + (octet & 0x7f);
      offset += 1;
    } while (octet >= 0x80);
    if (tagNumber < 0x1f) throw malformed(start, 'tag number not in its shortest form');
  }

  let length = octetAt(source, offset, limit);
  offset += 1;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0) throw malformed(offset - 1, 'indefinite length');
    if (count > 4) throw malformed(offset - 1, 'length too large');
    length = 0;
    for (const stop = offset + count; offset < stop; offset += 1) {
      length = length * 256 + octetAt(source, offset, limit);
    }
    if (length < 0x80 || length < 256 ** (count - 1)) {
      throw malformed(offset - count, 'length not in its shortest form');
    }
  }
  return { tagClass, tagNumber, constructed, start, contentStart: offset, end: offset + length };
}

function octetAt(source: Uint8Array, offset: number, limit: number): number {
  const octet = offset < limit ? source[offset] : undefined;
  if (octet === undefined) throw malformed(offset, 'ends within a value');
  return octet;
}

/** Form and content rules of the universal types whose encoding DER restricts. */
function expectUniversalForm(source: Uint8Array, header: Header): void {
  const { tagNumber, constructed, start, contentStart, end } = header;
  if (tagNumber === 0 || tagNumber === 15 || tagNumber > 36) {
    throw malformed(start, `universal type ${tagNumber} does not exist`);
  }
  if (constructed !== CONSTRUCTED_UNIVERSALS.has(tagNumber)) {
    throw malformed(start, `universal type ${tagNumber} in the wrong form`);
  }
  switch (tagNumber) {
    case UNIVERSAL.boolean:
      return expectBoolean(source, contentStart, end);
    case UNIVERSAL.integer:
    case UNIVERSAL.enumerated:
      return expectInteger(source, contentStart, end);
    case UNIVERSAL.bitString:
      return expectBitString(source, contentStart, end);
    case UNIVERSAL.null:
      if (end !== contentStart) throw malformed(contentStart, 'NULL with content');
      return;
    case UNIVERSAL.objectIdentifier:
      return expectObjectIdentifier(source, contentStart, end);
  }
}

function expectBoolean(source: Uint8Array, start: number, end: number): void {
  const octet = octetAt(source, start, end);
  if (end - start !== 1 || (octet !== 0x00 && octet !== 0xff)) {
    throw malformed(start, 'BOOLEAN is neither 00 nor FF');
  }
}

function expectInteger(source: Uint8Array, start: number, end: number): void {
  const first = octetAt(source, start, end);
  if (end - start === 1) return;
  const signOfSecond = octetAt(source, start + 1, end) & 0x80;
  if ((first === 0x00 && signOfSecond === 0) || (first === 0xff && signOfSecond !== 0)) {
    throw malformed(start, 'INTEGER not in its shortest form');
  }
}

/** Checks a BIT STRING's content; also for those behind an implicit tag, which the walk can't know. */
export function expectBitString(source: Uint8Array, start: number, end: number): void {
  const unused = octetAt(source, start, end);
  if (unused > 7) throw malformed(start, 'BIT STRING with more than 7 unused bits');
  if (unused === 0) return;
  if (end - start === 1) throw malformed(start, 'empty BIT STRING with unused bits');
  const last = octetAt(source, end - 1, end);
  if ((last & ((1 << unused) - 1)) !== 0) throw malformed(end - 1, 'unused bits that are not zero');
}

function expectObjectIdentifier(source: Uint8Array, start: number, end: number): void {
  if (end - start > maxOidBytes) throw malformed(start, 'OBJECT IDENTIFIER too long');
  let startsArc = true;
  for (let offset = start; offset < end; offset += 1) {
    const octet = octetAt(source, offset, end);
    if (startsArc && octet === 0x80) throw malformed(offset, 'arc not in its shortest form');
    startsArc = octet < 0x80;
  }
  if (start === end || !startsArc) throw malformed(start, 'OBJECT IDENTIFIER is incomplete');
}
