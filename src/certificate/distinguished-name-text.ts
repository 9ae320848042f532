/** Distinguished names as text (RFC 4514). */

import { CertificateError } from '../errors.ts';
import { decodeUtf8, encodeAttributeValue, readAttributeValue } from './attribute-value.ts';
import type { AttributeValue } from './attribute-value.ts';
import { readDer } from './der.ts';
import { hexOf } from './der-value.ts';
import type {
  DistinguishedName,
  NameAttribute,
  RelativeDistinguishedName,
} from './distinguished-name.ts';

/** Longer than any name in use; bounds the work on one. */
const maxTextLength = 8_192;

/** RFC 4514 section 3, and two that certificates of clients carry. Formatting uses this spelling. */
const TYPES_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['CN', '2.5.4.3'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['C', '2.5.4.6'],
  ['STREET', '2.5.4.9'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['UID', '0.9.2342.19200300.100.1.1'],
  ['emailAddress', '1.2.840.113549.1.9.1'],
  ['serialNumber', '2.5.4.5'],
]);
const TYPES_BY_LOWER_NAME = new Map(
  [...TYPES_BY_NAME].map(([name, type]) => [name.toLowerCase(), type]),
);
const NAMES_BY_TYPE = new Map([...TYPES_BY_NAME].map(([name, type]) => [type, name]));

const dottedIdentifier = /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))+$/;

/** RFC 4514 text with canonical escapes, last RDN first. Characters that can't be seen are escaped. */
export function formatDistinguishedName(name: DistinguishedName): string {
  return name.toReversed().map(formatRdn).join(',');
}

function formatRdn(rdn: RelativeDistinguishedName): string {
  return rdn.map(formatAttribute).join('+');
}

function formatAttribute(attribute: NameAttribute): string {
  const name = NAMES_BY_TYPE.get(attribute.type);
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
  const reader: Reader = { text, offset: 0 };
  if (text.length > maxTextLength) throw problem(reader, `longer than ${maxTextLength} characters`);
  if (!text.isWellFormed()) throw problem(reader, 'holds half a character');
  if (text.trim() === '') throw problem(reader, 'is empty');
  if (text.startsWith('/')) {
    throw problem(reader, 'starts with a slash: expected text such as CN=client,O=Example');
  }
  const rdns = [readRdn(reader)];
  while (take(reader, ',')) rdns.push(readRdn(reader));
  return Object.freeze(rdns.toReversed());
}

/** Text and the place in it; moved on by the functions below. */
interface Reader {
  readonly text: string;
  offset: number;
}

function readRdn(reader: Reader): RelativeDistinguishedName {
  const attributes = [readAttribute(reader)];
  while (take(reader, '+')) attributes.push(readAttribute(reader));
  return Object.freeze(attributes);
}

function readAttribute(reader: Reader): NameAttribute {
  skipSpaces(reader);
  const type = readType(reader);
  skipSpaces(reader);
  if (!take(reader, '=')) throw problem(reader, 'expected =');
  skipSpaces(reader);
  const value = reader.text[reader.offset] === '#' ? readHexValue(reader) : readValue(reader);
  return Object.freeze({ type, ...value });
}

function readType(reader: Reader): string {
  const start = reader.offset;
  const word = /^[A-Za-z0-9.-]*/.exec(reader.text.slice(start))?.[0] ?? '';
  if (word === '') throw problem(reader, 'expected an attribute name');
  const type = dottedIdentifier.test(word) ? word : TYPES_BY_LOWER_NAME.get(word.toLowerCase());
  if (type === undefined) {
    throw problem(reader, `unknown attribute name "${word}", give its dotted object identifier`);
  }
  reader.offset += word.length;
  return type;
}

/** `#` and the hex of a DER value; strings inside are then compared like any other. */
function readHexValue(reader: Reader): AttributeValue {
  const hex = /^#((?:[0-9A-Fa-f]{2})+) *(?=[,+]|$)/.exec(reader.text.slice(reader.offset));
  if (hex?.[1] === undefined) throw problem(reader, 'expected pairs of hex digits after #');
  const value = readAttributeValue(readDer(Buffer.from(hex[1], 'hex')));
  reader.offset += hex[0].length;
  return value;
}

function readValue(reader: Reader): AttributeValue {
  const octets: number[] = [];
  // Spaces that end a value don't belong to it unless they are escaped.
  let lengthWithoutSpaces = 0;
  for (;;) {
    const point = reader.text.codePointAt(reader.offset);
    const character = point === undefined ? '' : String.fromCodePoint(point);
    if (character === '' || character === ',' || character === '+') break;
    if (/["<>;\0]/.test(character))
      throw problem(reader, `${JSON.stringify(character)} not escaped`);
    if (character === '\\') {
      octets.push(...readEscape(reader));
      lengthWithoutSpaces = octets.length;
      continue;
    }
    octets.push(...Buffer.from(character, 'utf8'));
    if (character !== ' ') lengthWithoutSpaces = octets.length;
    reader.offset += character.length;
  }
  const used = Uint8Array.from(octets.slice(0, lengthWithoutSpaces));
  return { value: decodeUtf8(used, placeOf(reader)), encoding: 'unstated' };
}

/** A backslash with one special character, or with one octet of UTF-8 in hex. */
function readEscape(reader: Reader): Iterable<number> {
  const escape = /^\\(?:([0-9A-Fa-f]{2})|([ "#+,;<=>\\]))/.exec(
    reader.text.slice(reader.offset, reader.offset + 3),
  );
  if (escape === null) throw problem(reader, 'a backslash before what needs none');
  reader.offset += escape[0].length;
  return Buffer.from(escape[1] ?? escape[2] ?? '', escape[1] === undefined ? 'latin1' : 'hex');
}

function take(reader: Reader, character: string): boolean {
  if (reader.text[reader.offset] !== character) return false;
  reader.offset += 1;
  return true;
}

function skipSpaces(reader: Reader): void {
  while (take(reader, ' '));
}

function placeOf(reader: Reader): string {
  return `distinguished name at character ${reader.offset + 1}`;
}

function problem(reader: Reader, text: string): CertificateError {
  return new CertificateError('certificate_malformed', `${placeOf(reader)}: ${text}`);
}
