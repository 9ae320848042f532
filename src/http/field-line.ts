/** Field lines of HTTP/1.1 (RFC 9112 section 5): one grammar for what is read and what is written. */

import type { HeaderList } from './exchange.ts';
import { FieldNames } from './field-names.ts';

/** A token (RFC 9110 section 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

const CR = 0x0d;
const LF = 0x0a;
export const LINE_END: Uint8Array = Uint8Array.of(CR, LF);
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

const IN_NAME = 1;
const IN_VALUE = 2;
/** What each octet may stand in. */
const PLACES = Uint8Array.from({ length: 256 }, (_, octet) => {
  const text = String.fromCharCode(octet);
  return (NAME.test(text) ? IN_NAME : 0) | (NOT_IN_VALUE.test(text) ? 0 : IN_VALUE);
});

/** Where a message ends; white space in these makes another field of them for some readers. */
export const FRAMING = new FieldNames(['content-length', 'transfer-encoding']);

/** The one value of a `Content-Length` that is taken: digits, and no more than a number counts. */
export const LENGTH = /^\d{1,15}$/;

/** What only one of those who read heads refuses, and how each says it. */
export interface FieldLineRules {
  readonly maxFields: number;
  readonly tooMany: () => Error;
  /** @param line counted from 1. */
  readonly malformed: (line: number) => Error;
  /** Whether a field that says where a message ends has white space that it must not have. */
  readonly isOdd: (name: string, behindColon: string) => boolean;
}

/**
 * The fields of a head. Each name is at once followed by the colon, and no line is folded.
 *
 * @param octets that begin with the head.
 * @param text the head and no more, the empty line at its end included, one character for each octet.
 * @param from where the first line begins.
 * @throws what `rules` make.
 */
export function readFieldLines(
  octets: Uint8Array,
  text: string,
  from: number,
  rules: FieldLineRules,
): HeaderList[number][] {
  const fields: [name: string, value: string][] = [];
  const emptyLine = text.length - 2;
  for (let start = from; start < emptyLine;) {
    // Before the rest is looked at: the work that a head makes is bounded.
    if (fields.length === rules.maxFields) throw rules.tooMany();
    const colon = endOf(octets, start, IN_NAME);
    let first = colon + 1;
    while (isSpace(octets[first])) first += 1;
    const end = endOf(octets, first, IN_VALUE);
    const isLine = octets[colon] === COLON && octets[end] === CR && octets[end + 1] === LF;
    if (!isLine || colon === start) throw rules.malformed(fields.length + 1);
    let last = end;
    while (last > first && isSpace(octets[last - 1])) last -= 1;
    const name = text.slice(start, colon);
    if (FRAMING.has(name) && rules.isOdd(name, text.slice(colon + 1, end))) {
      throw rules.malformed(fields.length + 1);
    }
    fields.push([name, text.slice(first, last)]);
    start = end + 2;
  }
  return fields;
}

/**
 * Writes a field as one line with its end. Returns where that is; undefined for one that would be read
 * as something else.
 *
 * @param octets with room for it.
 */
export function writeFieldLine(
  octets: Buffer,
  at: number,
  name: string,
  value: string,
): number | undefined {
  const colon = writePart(octets, at, name, IN_NAME);
  if (colon === undefined || colon === at) return undefined;
  octets[colon] = COLON;
  octets[colon + 1] = SPACE;
  return writeLine(octets, colon + 2, value);
}

/** The same for a line that is no field: what begins a head, or a value. */
export function writeLine(octets: Buffer, at: number, text: string): number | undefined {
  const end = writePart(octets, at, text, IN_VALUE);
  if (end === undefined) return undefined;
  octets[end] = CR;
  octets[end + 1] = LF;
  return end + 2;
}

/** The name in a line without its end, one character for each octet; undefined in no field line. */
export function fieldLineName(line: string): string | undefined {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  return isWritableField(name, line.slice(colon + 1)) ? name : undefined;
}

/** Whether a field with this name and value can be written as one line. */
export function isWritableField(name: string, value: string): boolean {
  return NAME.test(name) && !NOT_IN_VALUE.test(value);
}

const NO_OCTET = /[\u0100-\uffff]/;
/** Characters from which on it costs less to let the engine write a text. */
const LONG = 128;

/** One octet for each character, all of which may stand in such a place. */
function writePart(octets: Buffer, at: number, text: string, place: number): number | undefined {
  if (text.length > LONG) return writeLong(octets, at, text, place);
  let codes = 0;
  let places = place;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    codes |= code;
    places &= PLACES[code & 0xff] ?? 0;
    octets[at + index] = code;
  }
  return places === 0 || codes > 0xff ? undefined : at + text.length;
}

function writeLong(octets: Buffer, at: number, text: string, place: number): number | undefined {
  if (NO_OCTET.test(text)) return undefined;
  const end = at + octets.write(text, at, 'latin1');
  // Stands in no part, and is written over: there is a line end behind each.
  octets[end] = CR;
  return endOf(octets, at, place) === end ? end : undefined;
}

/** Every head has an end, where this stops: no octet behind it is read, which would cost much. */
function endOf(octets: Uint8Array, from: number, place: number): number {
  let at = from;
  while (((PLACES[octets[at] ?? 0] ?? 0) & place) !== 0) at += 1;
  return at;
}

function isSpace(octet: number | undefined): boolean {
  return octet === SPACE || octet === TAB;
}
