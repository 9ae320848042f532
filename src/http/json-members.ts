/**
 * The members of one JSON object with the place of each, so that some can be changed while all the
 * others keep their bytes: numbers beyond 2^53, key order and spelling included.
 */

import { findJsonPlaces } from './json-places.ts';
import type { JsonPlace, JsonPlaces } from './json-places.ts';

export interface JsonMembers {
  /** Value text of each member, by its decoded key, as it stands in the source. */
  readonly members: ReadonlyMap<string, string>;
  /** What a member says, by its decoded key; undefined where there is none. */
  value(key: string): unknown;
  /**
   * The object with these changes, by decoded key: another value text in place of that of a member
   * it has, undefined where it shall have none; members that it has not are added at the end. The
   * texts must be JSON.
   */
  changed(changes: Changes): string;
}

type Changes = ReadonlyMap<string, string | undefined>;

/**
 * Reads the top level of an object. Undefined when the text is no JSON object, has a key twice at
 * the top level, or anything before or after it but white space, and when it is beyond the bounds of
 * json-places.ts.
 */
export function readJsonMembers(text: string): JsonMembers | undefined {
  const found = findJsonPlaces(text);
  // The engine's parser decides what is JSON. It is only shown what it is done with soon.
  const parsed = found && parsedObject(text);
  if (found === undefined || parsed === undefined) return undefined;
  const members = new Map<string, string>();
  for (const place of found.places) {
    members.set(keyOf(text, place), text.slice(place.valueStart, place.end));
  }
  // A key that stands twice is one member.
  if (members.size < found.places.length) return undefined;
  const source = { text, members, ...found };
  return {
    members,
    value: (key) => (members.has(key) ? parsed[key] : undefined),
    changed: (changes) => write(source, changes),
  };
}

interface Source extends JsonPlaces {
  readonly text: string;
  readonly members: ReadonlyMap<string, string>;
}

function write(source: Source, changes: Changes): string {
  const { text, members, close } = source;
  const known = [...changes.keys()].filter((key) => members.has(key));
  const gone = known.filter((key) => changes.get(key) === undefined);
  let written = known.length === 0 ? text.slice(0, close) : rewritten(source, changes);
  let isEmpty = gone.length === members.size;
  for (const [key, value] of changes) {
    if (value === undefined || members.has(key)) continue;
    written += `${isEmpty ? '' : ','}${JSON.stringify(key)}:${value}`;
    isEmpty = false;
  }
  return written + text.slice(close);
}

/** The object up to the brace that ends it, with the changes of members that it has. */
function rewritten({ text, places, close }: Source, changes: Changes): string {
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
function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
