/** On which line each key of a TOML text stands; the parser tells it for errors only. */

type KeyPath = readonly (string | number)[];

const KEY = String.raw`(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')`;
const DOTTED = String.raw`${KEY}(?:[ \t]*\.[ \t]*${KEY})*`;
const HEADER = new RegExp(String.raw`^(\[\[?)[ \t]*(${DOTTED})[ \t]*\]`);
const ASSIGNMENT = new RegExp(String.raw`^(${DOTTED})[ \t]*=`);
/** A comment, a string of any kind, or one character. */
const TOKEN = /#[^\n]*|"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[\s\S]/y;

/**
 * Returns the lines by path, as JSON; entries of arrays of tables have their index in it. Keys inside
 * of inline tables and arrays are not told apart from the key they stand behind. The text must be
 * one that a TOML parser took.
 */
export function findLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const counts = new Map<string, number>();
  let table: KeyPath = [];
  const note = (path: KeyPath, line: number) => {
    path.forEach((_, index) => {
      const key = JSON.stringify(path.slice(0, index + 1));
      if (!lines.has(key)) lines.set(key, line);
    });
  };
  for (const { statement, line } of statements(text)) {
    const [, brackets, header] = HEADER.exec(statement) ?? [];
    const [, assigned] = ASSIGNMENT.exec(statement) ?? [];
    if (header !== undefined) {
      table = enter(keysOf(header), { isEntry: brackets === '[[', counts });
      note(table, line);
    } else if (assigned !== undefined) {
      note([...table, ...keysOf(assigned)], line);
    }
  }
  return lines;
}

/** The path of a header: a table below an array of tables belongs to its last entry. */
function enter(
  keys: readonly string[],
  { isEntry, counts }: { readonly isEntry: boolean; readonly counts: Map<string, number> },
): KeyPath {
  const path: (string | number)[] = [];
  keys.forEach((key, index) => {
    path.push(key);
    const name = JSON.stringify(path);
    if (isEntry && index === keys.length - 1) counts.set(name, (counts.get(name) ?? 0) + 1);
    const count = counts.get(name);
    if (count !== undefined) path.push(count - 1);
  });
  return path;
}

function keysOf(dotted: string): readonly string[] {
  return [...dotted.matchAll(new RegExp(KEY, 'g'))].map(([key]) => {
    if (key.startsWith("'")) return key.slice(1, -1);
    return key.startsWith('"') ? unescape(key) : key;
  });
}

/** Escapes of TOML that JSON does not have cost a line number, nothing else. */
function unescape(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** Statements end at a line break outside of strings and brackets. */
function* statements(text: string): Generator<{ statement: string; line: number }> {
  let line = 1;
  let depth = 0;
  let start: { readonly offset: number; readonly line: number } | undefined;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0] ?? '';
    if (token === '\n' && depth === 0) {
      if (start !== undefined) yield { statement: text.slice(start.offset, at), line: start.line };
      start = undefined;
    } else if (!/^[\s#]/.test(token)) {
      start ??= { offset: at, line };
      if (token === '[' || token === '{') depth += 1;
      if (token === ']' || token === '}') depth -= 1;
    }
    line += token.split('\n').length - 1;
  }
  if (start !== undefined) yield { statement: text.slice(start.offset), line: start.line };
}
