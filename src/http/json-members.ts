/**
 * The members of one JSON object with the place of each, so that a member can be added while all
 * the others keep their bytes: numbers beyond 2^53, key order and spelling included.
 */

export interface JsonMembers {
  /** Value text of each member, by its decoded key, as it stands in the source. */
  readonly members: ReadonlyMap<string, string>;
  /** The object with one more member at the end. `valueText` must be JSON. */
  withMember(key: string, valueText: string): string;
  /** The object with other values in place of members that it has. The texts must be JSON. */
  withValues(values: ReadonlyMap<string, string>): string;
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
  const places: { readonly key: string; readonly start: number; readonly end: number }[] = [];
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (members.has(key)) return undefined;
    members.set(key, text.slice(start, end));
    places.push({ key, start, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  const close = at;
  return {
    members,
    withMember: (key, valueText) => {
      const comma = members.size === 0 ? '' : ',';
      return `${text.slice(0, close)}${comma}${JSON.stringify(key)}:${valueText}${text.slice(close)}`;
    },
    withValues: (values) => {
      const pieces: string[] = [];
      let done = 0;
      for (const { key, start, end } of places) {
        const value = values.get(key);
        if (value === undefined) continue;
        pieces.push(text.slice(done, start), value);
        done = end;
      }
      return [...pieces, text.slice(done)].join('');
    },
  };
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
