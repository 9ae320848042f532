/**
 * The slash form, as `openssl -subj` takes it and as older tools print it: `/C=DE/O=Example/CN=a`.
 * It always runs in the order of the certificate.
 */

import { typeOfToolName, nameOfType } from './attribute-types.ts';
import type {
  DistinguishedName,
  NameAttribute,
  RelativeDistinguishedName,
} from './distinguished-name.ts';
import {
  characterAt,
  nameProblem,
  openNameText,
  readNameType,
  takeCharacter,
} from './distinguished-name-reader.ts';
import type { NameReader } from './distinguished-name-reader.ts';

/**
 * Reads the slash form. `\/`, `\+` and `\\` are taken as those characters, `\x0A` as a control
 * character. What may be read in two ways is refused: a slash or a plus in front of what is no
 * attribute, any other backslash, octets beyond ASCII (UTF-8 or Latin-1).
 *
 * @throws CertificateError `certificate_malformed`, the message saying where and why.
 */
export function parseSlashName(text: string): DistinguishedName {
  const reader = openNameText(text);
  const rdns: RelativeDistinguishedName[] = [];
  while (takeCharacter(reader, '/')) rdns.push(readRdn(reader));
  if (characterAt(reader) !== '') throw nameProblem(reader, 'expected a slash');
  return Object.freeze(rdns);
}

function readRdn(reader: NameReader): RelativeDistinguishedName {
  const attributes = [readAttribute(reader)];
  while (takeCharacter(reader, '+')) attributes.push(readAttribute(reader));
  return Object.freeze(attributes);
}

function readAttribute(reader: NameReader): NameAttribute {
  const separator = reader.text[reader.offset - 1] ?? '';
  if (!/^[A-Za-z0-9.-]+=/.test(reader.text.slice(reader.offset))) {
    const both = `"${separator}" either separates or belongs to the value`;
    throw nameProblem(reader, `${both}: write "\\${separator}" where it belongs to the value`);
  }
  const type = readNameType(reader, { typeOf: typeOfToolName });
  takeCharacter(reader, '=');
  return Object.freeze({ type, value: readValue(reader), encoding: 'unstated' });
}

function readValue(reader: NameReader): string {
  let value = '';
  for (;;) {
    const character = characterAt(reader);
    if (character === '' || character === '/' || character === '+') return value;
    if (character === '\0') throw nameProblem(reader, '"\\u0000" not escaped');
    value += character === '\\' ? readEscape(reader) : character;
    if (character !== '\\') reader.offset += character.length;
  }
}

function readEscape(reader: NameReader): string {
  const escape = /^\\(?:([/+\\])|x([0-9A-Fa-f]{2}))/.exec(
    reader.text.slice(reader.offset, reader.offset + 4),
  );
  const [whole = '', character, hex] = escape ?? [];
  if (hex !== undefined && hex >= '8') {
    throw nameProblem(reader, `"${whole}" is UTF-8 or Latin-1: write the character itself`);
  }
  if (escape === null) {
    throw nameProblem(reader, 'a backslash either escapes or belongs to the value: write "\\\\"');
  }
  reader.offset += whole.length;
  return character ?? String.fromCodePoint(Number.parseInt(hex ?? '', 16));
}

/** The slash form of a name; undefined for one that it can't express. */
export function formatSlashName(name: DistinguishedName): string | undefined {
  const values = name.flat();
  const isPlain = values.every(
    ({ value, encoding }) => encoding !== 'der' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value),
  );
  if (!isPlain || values.length === 0) return undefined;
  return name.map((rdn) => `/${rdn.map(formatAttribute).join('+')}`).join('');
}

function formatAttribute({ type, value }: NameAttribute): string {
  return `${nameOfType(type) ?? type}=${value.replace(/[/+\\]/g, '\\$&')}`;
}
