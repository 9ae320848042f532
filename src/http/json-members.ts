/**
 * The members of one JSON object with the place of each, so that some can be changed while all the
 * others keep their bytes: numbers beyond 2^53, key order and spelling included.
 */

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

interface Place {
  readonly key: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/**
 * Reads the top level of an object. Undefined when the text is no JSON object, has a key twice at
 * the top level, or anything before or after it but white space.
 */
export function readJsonMembers(text: string): JsonMembers | undefined {
  // The engine's parser decides what is JSON; the scan below only has to find its way in it.
  const parsed = parseObject(text);
  if (parsed === undefined) return undefined;
  const members = new Map<string, string>();
  const places: Place[] = [];
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const start = at;
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueStart);
    if (members.has(key)) return undefined;
    members.set(key, text.slice(valueStart, end));
    places.push({ key, start, valueStart, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  const close = at;
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

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return at;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  let at = from;
  let depth = 0;
  for (;;) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (depth === 0 && (character === ',' || character === '}')) break;
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  }
  while (/\s/.test(text[at - 1] ?? '')) at -= 1;
  return at;
}
