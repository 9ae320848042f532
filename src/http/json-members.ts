/**
 * The members of one JSON object with the place of each, so that some can be changed while all the
 * others keep their bytes: numbers beyond 2^53, key order and spelling included.
 */

import { findJsonExtent } from './json-extent.ts';
import type { JsonExtent } from './json-extent.ts';
import { findJsonPlaces } from './json-places.ts';
import type { JsonPlace } from './json-places.ts';

/** Keys are compared decoded. */
export interface JsonMembers {
  has(key: string): boolean;
  /** What a member says; undefined where there is none. */
  value(key: string): unknown;
  /** Value text of a member, as it stands in the source; undefined where there is none. */
  source(key: string): string | undefined;
  /** Not in the order of the text where some are numbers. */
  readonly keys: readonly string[];
  /**
   * The object with these changes: another value text in place of that of a member it has, undefined
   * where it shall have none; members that it has not are added at the end. The texts must be JSON.
   */
  changed(changes: Changes): string;
}

type Changes = ReadonlyMap<string, string | undefined>;

/**
 * Reads the top level of an object. Undefined when the text is no JSON object, has a key twice at
 * the top level, or anything before or after it but white space, and when it is beyond the bounds of
 * json-extent.ts.
 */
export function readJsonMembers(text: string): JsonMembers | undefined {
  const extent = findJsonExtent(text);
  // The engine's parser decides what is JSON. It is only shown what it is done with soon.
  const parsed = extent && parsedObject(text);
  if (extent === undefined || parsed === undefined) return undefined;
  const keys = Object.keys(parsed);
  // A key that stands twice is one member.
  if (keys.length !== extent.members) return undefined;
  return new ReadObject(text, parsed, keys, extent);
}

type Parsed = Readonly<Record<string, unknown>>;

/** A class, since of most objects nobody asks more than what a few members say. */
class ReadObject implements JsonMembers {
  readonly keys: readonly string[];
  readonly #text: string;
  readonly #parsed: Parsed;
  readonly #extent: JsonExtent;
  /** Looked for once: the text may be long. */
  #places: readonly JsonPlace[] | undefined;
  #sources: ReadonlyMap<string, string> | undefined;

  constructor(text: string, parsed: Parsed, keys: readonly string[], extent: JsonExtent) {
    this.#text = text;
    this.#parsed = parsed;
    this.keys = keys;
    this.#extent = extent;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#parsed, key);
  }

  value(key: string): unknown {
    return this.has(key) ? this.#parsed[key] : undefined;
  }

  source(key: string): string | undefined {
    if (!this.has(key)) return undefined;
    this.#sources ??= sourcesOf(this.#text, this.#placesFound());
    return this.#sources.get(key);
  }

  changed(changes: Changes): string {
    const { close } = this.#extent;
    let isKnown = false;
    let left = this.keys.length;
    for (const [key, value] of changes) {
      if (!this.has(key)) continue;
      isKnown = true;
      if (value === undefined) left -= 1;
    }
    let written = isKnown ? this.#rewritten(changes) : this.#text.slice(0, close);
    for (const [key, value] of changes) {
      if (value === undefined || this.has(key)) continue;
      written += `${left === 0 ? '' : ','}${JSON.stringify(key)}:${value}`;
      left += 1;
    }
    return written + this.#text.slice(close);
  }

  #rewritten(changes: Changes): string {
    return rewritten(
      this.#text,
      { places: this.#placesFound(), close: this.#extent.close },
      changes,
    );
  }

  #placesFound(): readonly JsonPlace[] {
    this.#places ??= findJsonPlaces(this.#text);
    return this.#places;
  }
}

interface Places {
  readonly places: readonly JsonPlace[];
  readonly close: number;
}

function sourcesOf(text: string, places: readonly JsonPlace[]): ReadonlyMap<string, string> {
  return new Map(
    places.map((place) => [keyOf(text, place), text.slice(place.valueStart, place.end)]),
  );
}

/** The object up to the brace that ends it, with the changes of members that it has. */
function rewritten(text: string, { places, close }: Places, changes: Changes): string {
  let written = text.slice(0, places[0]?.start);
  let isEmpty = true;
  let previousEnd = 0;
  for (const place of places) {
    const { start, valueStart, end } = place;
    const key = keyOf(text, place);
    const isKept = !changes.has(key) || changes.get(key) !== undefined;
    if (isKept) {
      // What stands between two members: the comma and white space.
      if (!isEmpty) written += text.slice(previousEnd, start);
      written += text.slice(start, valueStart) + (changes.get(key) ?? text.slice(valueStart, end));
      isEmpty = false;
    }
    previousEnd = end;
  }
  return written + text.slice(previousEnd, close);
}

function keyOf(text: string, { start, keyEnd }: JsonPlace): string {
  const key = text.slice(start + 1, keyEnd - 1);
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
}

/** Undefined unless it is the text of one object. */
function parsedObject(text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Parsed) : undefined;
  } catch {
    return undefined;
  }
}
