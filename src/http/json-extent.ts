/** How much a text of JSON holds, looked up in one pass over its characters before anybody parses it. */

import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  endOfSpace,
  endOfString,
  endOfWord,
} from './json-tokens.ts';

/**
 * Values at every depth: members of objects and elements of arrays. The engine's parser takes up to
 * 0.4 µs for each, and must not hold the event loop for 5 ms. No document of OAuth comes near.
 */
export const MAX_JSON_VALUES = 4_096;

/** Objects and arrays within each other. */
export const MAX_JSON_DEPTH = 64;

/** Of all keys of the outermost object together, which are read once more. */
export const MAX_JSON_KEY_CHARACTERS = 65_536;

export interface JsonExtent {
  /** Of the outermost object, one that stands twice counted twice. */
  readonly members: number;
  /** The place of the brace that ends it. */
  readonly close: number;
}

/**
 * Right for a text that is one JSON object, and without a meaning for any other: whether it is one, the
 * engine's parser has to say. Undefined beyond the bounds; that parser must then not see it.
 */
export function findJsonExtent(text: string): JsonExtent | undefined {
  let members = 0;
  let close = -1;
  let values = 0;
  let depth = 0;
  let stringLength = 0;
  let keyCharacters = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        stringLength = endOfString(text, at) - at;
        at += stringLength - 1;
        break;
      case COLON:
        if (depth !== 1) break;
        members += 1;
        keyCharacters += stringLength;
        break;
      case COMMA:
        values += 1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        values += 1;
        depth += 1;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        if (depth === 0) close = at;
        break;
      default:
        at = endOfSpace(text, endOfWord(text, at + 1)) - 1;
        continue;
    }
    const isLarge = depth > MAX_JSON_DEPTH || values > MAX_JSON_VALUES;
    if (isLarge || keyCharacters > MAX_JSON_KEY_CHARACTERS) return undefined;
  }
  return { members, close };
}
