/** Where the members of an object stand in a text, found in one bounded pass over its characters. */

/**
 * Values at every depth: members of objects and elements of arrays. The engine's parser takes up to
 * 0.4 µs for each, and must not hold the event loop for 5 ms. No document of OAuth comes near.
 */
export const MAX_JSON_VALUES = 4_096;

/** Objects and arrays within each other. */
export const MAX_JSON_DEPTH = 64;

export interface JsonPlace {
  /** Of the key, its first quote. */
  readonly start: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly end: number;
}

export interface JsonPlaces {
  /** In their order, those of the outermost object alone. */
  readonly places: readonly JsonPlace[];
  /** Of the brace that ends the object. */
  readonly close: number;
}

/** Of all keys of the outermost object together, which are read once more. */
export const MAX_JSON_KEY_CHARACTERS = 65_536;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * The places are right for a text that is one JSON object, and mean nothing for any other: whether it
 * is one, the engine's parser has to say. Undefined beyond the bounds; that parser must then not see it.
 */
export function findJsonPlaces(text: string): JsonPlaces | undefined {
  const places: JsonPlace[] = [];
  let values = 0;
  let depth = 0;
  let keyCharacters = 0;
  let close = -1;
  // Of the member that the scan is in, -1 where it has not come to it.
  let start = -1;
  let keyEnd = -1;
  let valueStart = -1;
  let end = -1;
  for (let at = endOfSpace(text, 0); at < text.length; at = endOfSpace(text, end)) {
    const code = text.charCodeAt(at);
    if (depth === 1 && (code === COMMA || code === CLOSE_BRACE)) {
      if (start >= 0) places.push({ start, keyEnd, valueStart, end });
      keyCharacters += keyEnd - start;
      close = at;
      start = -1;
      keyEnd = -1;
      valueStart = -1;
    } else if (depth === 1 && valueStart < 0) {
      if (start < 0) start = at;
      else if (keyEnd >= 0) valueStart = at;
      else if (code === COLON) keyEnd = end;
    }
    if (code === COMMA || code === OPEN_BRACE || code === OPEN_BRACKET) values += 1;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    const isLarge = depth > MAX_JSON_DEPTH || values > MAX_JSON_VALUES;
    if (isLarge || keyCharacters > MAX_JSON_KEY_CHARACTERS) return undefined;
    end = code === QUOTE ? endOfString(text, at) : Math.max(endOfWord(text, at), at + 1);
  }
  return { places, close };
}

// The loops over single characters are small ones of their own: the engine compiles those soon.

function endOfSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** The place after the quote that ends the string; the end of the text where none does. */
function endOfString(text: string, opening: number): number {
  let at = opening + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

/** The place after a number or a word such as `true`; `from` where none begins. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && isOfWord(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** `+`, `-`, `.`, digits and letters. */
function isOfWord(code: number): boolean {
  return (
    (code >= 0x2d && code <= 0x39) ||
    code === 0x2b ||
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a)
  );
}
