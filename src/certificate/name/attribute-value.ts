/** The values of name attributes: their ASN.1 string types, and when two of them are equal. */

import { CertificateError } from '../../errors.ts';
import { malformed, UNIVERSAL } from '../der/der.ts';
import type { DerNode } from '../der/der.ts';
import { contentOf, encodingOf, hexOf } from '../der/der-value.ts';
import { writeDer } from '../der/der-writer.ts';

/**
 * How a value was encoded: an ASN.1 string type, `unstated` where it came from text, and `der` where
 * it is no string we read.
 */
export type ValueEncoding =
  | 'utf8String'
  | 'printableString'
  | 'ia5String'
  | 'teletexString'
  | 'bmpString'
  | 'universalString'
  | 'unstated'
  | 'der';

export interface AttributeValue {
  /** The decoded text; where `encoding` is `der`, lower-case hex of the whole DER value. */
  readonly value: string;
  readonly encoding: ValueEncoding;
}

/** @throws CertificateError `certificate_malformed` when the octets are not of the string's type. */
export function readAttributeValue(node: DerNode): AttributeValue {
  const octets = contentOf(node);
  switch (node.tagClass === 'universal' ? node.tagNumber : undefined) {
    case UNIVERSAL.utf8String:
      return { value: utf8Of(node, octets), encoding: 'utf8String' };
    case UNIVERSAL.printableString:
      return { value: asciiOf(node, octets), encoding: 'printableString' };
    case UNIVERSAL.ia5String:
      return { value: asciiOf(node, octets), encoding: 'ia5String' };
    case UNIVERSAL.teletexString:
      // Issuers write Latin-1 under this type, not T.61.
      return { value: latin1Of(octets), encoding: 'teletexString' };
    case UNIVERSAL.bmpString:
      return { value: wideTextOf(node, octets, 2), encoding: 'bmpString' };
    case UNIVERSAL.universalString:
      return { value: wideTextOf(node, octets, 4), encoding: 'universalString' };
    default:
      return { value: hexOf(encodingOf(node)), encoding: 'der' };
  }
}

/** The DER of the value; `unstated` text becomes a UTF8String. */
export function encodeAttributeValue({ value, encoding }: AttributeValue): Uint8Array {
  switch (encoding) {
    case 'utf8String':
    case 'unstated':
      return writeDer(UNIVERSAL.utf8String, Buffer.from(value, 'utf8'));
    case 'printableString':
    case 'ia5String':
    case 'teletexString':
      return writeDer(UNIVERSAL[encoding], Buffer.from(value, 'latin1'));
    case 'bmpString':
      return writeDer(UNIVERSAL.bmpString, Buffer.from(value, 'utf16le').swap16());
    case 'universalString': {
      const points = Uint32Array.from(value, (point) => point.codePointAt(0) ?? 0);
      return writeDer(UNIVERSAL.universalString, Buffer.from(points.buffer).swap32());
    }
    case 'der':
      return Buffer.from(value, 'hex');
  }
}

/**
 * A text that is the same for equal values and for those only. Strings are prepared in the manner
 * of RFC 4518 as RFC 5280 section 7.1 wants, whatever their ASN.1 type: case folded, outer spaces
 * dropped, inner runs of spaces made one.
 *
 * Narrower than RFC 4518 on purpose, as the comparison decides who a client is: compatibility forms
 * are not folded (a full-width letter is not its ASCII letter), and a string with characters that
 * preparation would drop (controls, formatting, NUL) equals only itself.
 */
export function comparableValue({ value, encoding }: AttributeValue): string {
  if (encoding === 'der') return `der ${value}`;
  if (/^[\x20-\x7e]*$/.test(value)) return `text ${withoutExtraSpaces(value.toLowerCase())}`;
  if (/[\p{C}\p{Variation_Selector}\u034f\ufffc\ufffd]/u.test(value)) return `exact ${value}`;
  // Greek has a second small sigma, which case folding makes one with the first.
  const folded = value.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
  return `text ${withoutExtraSpaces(folded)}`;
}

function withoutExtraSpaces(text: string): string {
  return text.replace(/ {2,}/g, ' ').replace(/^ | $/g, '');
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Of(node: DerNode, octets: Uint8Array): string {
  if (isAscii(octets)) return latin1Of(octets);
  return decodeUtf8(octets, `DER offset ${node.contentStart}`);
}

/** @throws CertificateError `certificate_malformed` when the octets are not UTF-8. */
export function decodeUtf8(octets: Uint8Array, place: string): string {
  try {
    return utf8Decoder.decode(octets);
  } catch (error) {
    throw new CertificateError('certificate_malformed', `${place}: not UTF-8`, error);
  }
}

/**
 * PrintableString is not held to its own alphabet: `@`, `_` and `*` are in certificates in use and
 * mean the same to every reader. An octet beyond ASCII does not.
 */
function asciiOf(node: DerNode, octets: Uint8Array): string {
  if (!isAscii(octets)) throw malformed(node.contentStart, 'ASCII string with other octets');
  return latin1Of(octets);
}

function isAscii(octets: Uint8Array): boolean {
  for (const octet of octets) {
    if (octet >= 0x80) return false;
  }
  return true;
}

function latin1Of(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

/** Big-endian code points of a fixed width. Surrogates are not characters in either type. */
function wideTextOf(node: DerNode, octets: Uint8Array, width: 2 | 4): string {
  if (octets.length % width !== 0) throw malformed(node.contentStart, 'half a character');
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  let text = '';
  for (let offset = 0; offset < octets.length; offset += width) {
    const point = width === 2 ? view.getUint16(offset) : view.getUint32(offset);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      throw malformed(node.contentStart + offset, 'not a character');
    }
    text += String.fromCodePoint(point);
  }
  return text;
}
