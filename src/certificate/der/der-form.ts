/** Form and content of the universal types whose encoding DER restricts (X.690 section 8 and 10). */

import { CertificateError } from '../../errors.ts';

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

/** Enough for arcs made of a UUID; longer ones would make the conversion to text expensive. */
const maxOidBytes = 128;

/** EXTERNAL, EMBEDDED PDV, SEQUENCE, SET, unrestricted CHARACTER STRING (X.690 section 10.2). */
const CONSTRUCTED_UNIVERSALS: ReadonlySet<number> = new Set([8, 11, 16, 17, 29]);

/** The error for a value that breaks a rule at `offset` of its input. */
export function malformed(offset: number, problem: string): CertificateError {
  return new CertificateError('certificate_malformed', `DER offset ${offset}: ${problem}`);
}

/** The octet at an offset that must be before the limit. */
export function octetAt(source: Uint8Array, offset: number, limit: number): number {
  const octet = offset < limit ? source[offset] : undefined;
  if (octet === undefined) throw malformed(offset, 'ends within a value');
  return octet;
}

/** Where a value is, as its header says. */
interface Value {
  readonly tagNumber: number;
  readonly constructed: boolean;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/**
 * Holds a value of the universal class against the rules of its type.
 *
 * @throws CertificateError `certificate_malformed`, as all functions here.
 */
export function expectUniversalForm(source: Uint8Array, header: Value): void {
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

/** Checks the content of an INTEGER: its shortest form. */
export function expectInteger(source: Uint8Array, start: number, end: number): void {
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
