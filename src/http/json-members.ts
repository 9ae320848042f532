/**
 * The members of one JSON object with the place of each, so that some can be changed while all the
 * others keep their bytes: numbers beyond 2^53, key order and spelling included.
 */

import { findJsonPlaces } from './json-places.ts';
import type { JsonPlace } from './json-places.ts';

export interface JsonMembers {
  /** Value text of each member, by its decoded key, as it stands in the source. */
  readonly members: ReadonlyMap<string, string>;
  /**
   * The object with these changes, by decoded key: another value text in place of that of a member
   * it has, undefined where it shall have none; members that it has not are added at the end. The
   * texts must be JSON.
   */
  changed(changes: ReadonlyMap<string, string | undefined>): string;
}

interface Place extends JsonPlace {
  readonly key: string;
}

/**
 * Reads the top level of an object. Undefined when the text is no JSON object, has a key twice at
 * the top level, or anything before or after it but white space, and when it is beyond the bounds of
 * json-places.ts.
 */
export function readJsonMembers(text: string): JsonMembers | undefined {
  const found = findJsonPlaces(text);
  // The engine's parser decides what is JSON. It is only shown what it is done with soon.
  if (found === undefined || !isObject(text)) return undefined;
  const members = new Map<string, string>();
  const places: Place[] = [];
  for (const place of found.places) {
    const key = decoded(text.slice(place.start, place.keyEnd));
    if (members.has(key)) return undefined;
    members.set(key, text.slice(place.valueStart, place.end));
    places.push({ key, ...place });
  }
  const { close } = found;
  return { members, changed: (changes) => write(text, places, close, changes) };
}

function write(
  text: string,
  places: readonly Place[],
  close: number,
  changes: ReadonlyMap<string, string | undefined>,
): string {
  const pieces = [text.slice(0, places[0]?.start ?? close)];
  let isEmpty = true;
  let previousEnd = 0;
  for (const { key, start, valueStart, end } of places) {
    const isKept = !changes.has(key) || changes.get(key) !== undefined;
    if (isKept) {
      // What stands between two members: the comma and white space.
      if (!isEmpty) pieces.push(text.slice(previousEnd, start));
      pieces.push(text.slice(start, valueStart), changes.get(key) ?? text.slice(valueStart, end));
      isEmpty = false;
    }
    previousEnd = end;
  }
  if (places.length > 0) pieces.push(text.slice(previousEnd, close));
  const known = new Set(places.map(({ key }) => key));
  for (const [key, value] of changes) {
    if (known.has(key) || value === undefined) continue;
    pieces.push(isEmpty ? '' : ',', JSON.stringify(key), ':', value);
    isEmpty = false;
  }
  return [...pieces, text.slice(close)].join('');
}

function decoded(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
