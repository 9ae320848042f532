/** The grammar that texts of distinguished names share (RFC 4514, RFC 2253, RFC 1779). */

import { CertificateError } from '../../errors.ts';
import { decodeUtf8, readAttributeValue } from './attribute-value.ts';
import type { AttributeValue } from './attribute-value.ts';
import { ambiguityOfName } from './attribute-types.ts';
import { readDer } from '../der/der.ts';
import type { NameAttribute, RelativeDistinguishedName } from './distinguished-name.ts';

/** Longer than any name in use; bounds the work on one. */
const maxTextLength = 8_192;

export interface Dialect {
  /** The dotted identifier for the name of an attribute type. */
  readonly typeOf: (word: string) => string | undefined;
  /** Whether `;` separates and values may stand in quotes, as before RFC 4514. */
  readonly olderForms: boolean;
}

/** Text and the place in it; moved on by the functions below. */
export interface NameReader {
  readonly text: string;
  offset: number;
  /** Whether spaces that belong to no value stood around `=`, and around separators. */
  readonly spaces: { aroundEquals: boolean; aroundSeparators: boolean };
}

/** @throws CertificateError `certificate_malformed` for text that no dialect takes. */
export function openNameText(text: string): NameReader {
  const reader = { text, offset: 0, spaces: { aroundEquals: false, aroundSeparators: false } };
  if (text.length > maxTextLength) {
    throw nameProblem(reader, `longer than ${maxTextLength} characters`);
  }
  if (!text.isWellFormed()) throw nameProblem(reader, 'holds half a character');
  if (text.trim() === '') throw nameProblem(reader, 'is empty');
  return reader;
}

/**
 * The RDNs in the order of the text.
 *
 * @throws CertificateError `certificate_malformed`, the message saying where and why.
 */
export function readRdns(
  reader: NameReader,
  dialect: Dialect,
): readonly RelativeDistinguishedName[] {
  const separators = dialect.olderForms ? [',', ';'] : [','];
  skipSpaces(reader);
  const rdns = [readRdn(reader, dialect)];
  while (separators.some((separator) => takeCharacter(reader, separator))) {
    noteSeparatorSpaces(reader);
    rdns.push(readRdn(reader, dialect));
  }
  const rest = characterAt(reader);
  if (rest !== '') throw nameProblem(reader, `${JSON.stringify(rest)} not escaped`);
  return rdns;
}

function readRdn(reader: NameReader, dialect: Dialect): RelativeDistinguishedName {
  const attributes = [readAttribute(reader, dialect)];
  while (takeCharacter(reader, '+')) {
    noteSeparatorSpaces(reader);
    attributes.push(readAttribute(reader, dialect));
  }
  return Object.freeze(attributes);
}

function readAttribute(reader: NameReader, dialect: Dialect): NameAttribute {
  const type = readNameType(reader, dialect);
  if (skipSpaces(reader)) reader.spaces.aroundEquals = true;
  if (!takeCharacter(reader, '=')) throw nameProblem(reader, 'expected =');
  if (skipSpaces(reader)) reader.spaces.aroundEquals = true;
  const value = readAnyValue(reader, dialect);
  return Object.freeze({ type, ...value });
}

function readAnyValue(reader: NameReader, { olderForms }: Dialect): AttributeValue {
  const first = reader.text[reader.offset];
  if (first === '#') return readHexValue(reader);
  if (first === '"' && olderForms) return readQuotedValue(reader);
  return readPlainValue(reader, olderForms);
}

/** The name of an attribute type at the reader's place, as its dotted identifier. */
export function readNameType(reader: NameReader, { typeOf }: Pick<Dialect, 'typeOf'>): string {
  const rest = reader.text.slice(reader.offset);
  const word = /^[A-Za-z0-9.-]*/.exec(rest)?.[0] ?? '';
  if (word === '') throw nameProblem(reader, 'expected an attribute name');
  const type = typeOf(word);
  if (type === undefined) {
    const ambiguity = ambiguityOfName(word);
    const what = ambiguity === undefined ? `"${word}"` : `"${word}" (${ambiguity})`;
    throw nameProblem(reader, `unknown attribute name ${what}, give its dotted object identifier`);
  }
  reader.offset += word.length;
  return type;
}

/** `#` and the hex of a DER value; strings inside are then compared like any other. */
function readHexValue(reader: NameReader): AttributeValue {
  const hex = /^#((?:[0-9A-Fa-f]{2})+)( *)(?=[,;+]|$)/.exec(reader.text.slice(reader.offset));
  if (hex?.[1] === undefined) throw nameProblem(reader, 'expected pairs of hex digits after #');
  const value = readAttributeValue(readDer(Buffer.from(hex[1], 'hex')));
  reader.offset += hex[0].length;
  noteSpacesBefore(reader, hex[2] !== '');
  return value;
}

function readPlainValue(reader: NameReader, olderForms: boolean): AttributeValue {
  const octets: number[] = [];
  // Spaces that end a value don't belong to it unless they are escaped.
  let lengthWithoutSpaces = 0;
  for (;;) {
    const character = characterAt(reader);
    if (character === '' || character === ',' || character === '+') break;
    if (character === ';' && olderForms) break;
    if (/["<>;\0]/.test(character)) {
      throw nameProblem(reader, `${JSON.stringify(character)} not escaped`);
    }
    if (character === '\\') {
      octets.push(...readEscape(reader));
      lengthWithoutSpaces = octets.length;
      continue;
    }
    octets.push(...Buffer.from(character, 'utf8'));
    if (character !== ' ') lengthWithoutSpaces = octets.length;
    reader.offset += character.length;
  }
  noteSpacesBefore(reader, octets.length > lengthWithoutSpaces);
  return textOf(octets.slice(0, lengthWithoutSpaces), reader);
}

/** RFC 2253 section 4: within quotes only `"` and `\` are escaped. */
function readQuotedValue(reader: NameReader): AttributeValue {
  const octets: number[] = [];
  takeCharacter(reader, '"');
  while (!takeCharacter(reader, '"')) {
    const character = characterAt(reader);
    if (character === '') throw nameProblem(reader, 'the quotes are not closed');
    if (character === '\0') throw nameProblem(reader, '"\\u0000" not escaped');
    if (character === '\\') {
      octets.push(...readEscape(reader));
      continue;
    }
    octets.push(...Buffer.from(character, 'utf8'));
    reader.offset += character.length;
  }
  noteSpacesBefore(reader, skipSpaces(reader));
  if (!/^[,;+]?$/.test(characterAt(reader))) {
    throw nameProblem(reader, 'text after the closing quote');
  }
  return textOf(octets, reader);
}

function textOf(octets: readonly number[], reader: NameReader): AttributeValue {
  return { value: decodeUtf8(Uint8Array.from(octets), placeOf(reader)), encoding: 'unstated' };
}

/** A backslash with one special character, or with one octet of UTF-8 in hex. */
function readEscape(reader: NameReader): Iterable<number> {
  const escape = /^\\(?:([0-9A-Fa-f]{2})|([ "#+,;<=>\\]))/.exec(
    reader.text.slice(reader.offset, reader.offset + 3),
  );
  if (escape === null) throw nameProblem(reader, 'a backslash before what needs none');
  reader.offset += escape[0].length;
  return Buffer.from(escape[1] ?? escape[2] ?? '', escape[1] === undefined ? 'latin1' : 'hex');
}

/** Takes the character if it is next. */
export function takeCharacter(reader: NameReader, character: string): boolean {
  if (reader.text[reader.offset] !== character) return false;
  reader.offset += 1;
  return true;
}

/** The character at the reader's place; empty at the end. */
export function characterAt({ text, offset }: NameReader): string {
  const point = text.codePointAt(offset);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function skipSpaces(reader: NameReader): boolean {
  const start = reader.offset;
  while (takeCharacter(reader, ' '));
  return reader.offset > start;
}

function noteSeparatorSpaces(reader: NameReader): void {
  if (skipSpaces(reader)) reader.spaces.aroundSeparators = true;
}

/** Spaces at the very end of the text stand around nothing. */
function noteSpacesBefore(reader: NameReader, areThere: boolean): void {
  if (areThere && characterAt(reader) !== '') reader.spaces.aroundSeparators = true;
}

function placeOf(reader: NameReader): string {
  return `distinguished name at character ${reader.offset + 1}`;
}

/** The error for text that goes wrong at the reader's place. */
export function nameProblem(reader: NameReader, text: string): CertificateError {
  return new CertificateError('certificate_malformed', `${placeOf(reader)}: ${text}`);
}
