/** Where the members of an object stand in a text, found in one pass over its characters. */

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

export interface JsonPlace {
  /** Of the key, its first quote. */
  readonly start: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly end: number;
}

/**
 * The places of all members of the outermost object, in their order.
 *
 * @param text is one JSON object, as the engine's parser says; of any other they mean nothing.
 */
export function findJsonPlaces(text: string): readonly JsonPlace[] {
  const places: JsonPlace[] = [];
  let depth = 0;
  // Of the member that the scan is in, -1 where it has not come to it.
  let start = -1;
  let keyEnd = -1;
  let valueStart = -1;
  let end = -1;
  for (let at = endOfSpace(text, 0); at < text.length; at = endOfSpace(text, end)) {
    const code = text.charCodeAt(at);
    if (depth === 1 && (code === COMMA || code === CLOSE_BRACE)) {
      if (start >= 0) places.push({ start, keyEnd, valueStart, end });
      start = -1;
      keyEnd = -1;
      valueStart = -1;
    } else if (depth === 1 && valueStart < 0) {
      if (start < 0) start = at;
      else if (keyEnd >= 0) valueStart = at;
      else if (code === COLON) keyEnd = end;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    end = code === QUOTE ? endOfString(text, at) : Math.max(endOfWord(text, at), at + 1);
  }
  return places;
}
