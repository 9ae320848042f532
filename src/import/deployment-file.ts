/** deployment.toml of WSO2 Identity Server: values with their lines, and what nobody asked for. */

import { parse, TomlError } from 'smol-toml';

import { ConfigError } from '../errors.ts';
import type { Found, Place } from './note.ts';
import { findLines } from './toml-lines.ts';

type KeyPath = readonly (string | number)[];

/** Far beyond what the product reads. */
const MAX_DEPTH = 32;

export interface DeploymentFile {
  /** The value at the first of these paths that is there, as text. Marks all of them as read. */
  readonly text: (...paths: readonly KeyPath[]) => Found<string> | undefined;
  /** As `text`; true and false may stand in quotes. */
  readonly flag: (...paths: readonly KeyPath[]) => Found<boolean> | undefined;
  /** The scalar values of a table, as texts, by key. Marks them as read. */
  readonly members: (path: KeyPath) => ReadonlyMap<string, Found<string>>;
  /** How many tables an array of tables has. */
  readonly count: (path: KeyPath) => number;
  /** Where a key stands, or what it is part of. */
  readonly place: (path: KeyPath) => Place;
  /** Every text in the file, nothing marked. */
  readonly texts: () => readonly (Found<string> & { readonly path: KeyPath })[];
  /** How many keys of which sections nobody asked for, in the order of the file. */
  readonly unread: () => ReadonlyMap<string, number>;
}

/**
 * Reads the text of a deployment.toml; `file` is the name shown in messages.
 *
 * Throws ConfigError, with line and column, for what is not TOML.
 */
export function readDeploymentFile(text: string, file: string): DeploymentFile {
  const root = parseToml(text, file);
  const leaves = [...leavesOf(root, [])];
  if (leaves.some(({ path }) => path.length > MAX_DEPTH)) {
    throw new ConfigError([{ place: `${file}:1:1`, key: '', text: 'nested too deeply' }]);
  }
  const lines = findLines(text);
  const seen = new Set<string>();

  const place = (path: KeyPath): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const line = lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return { file, line };
    }
    return { file, line: 1 };
  };
  const read = (path: KeyPath): Found<string> | undefined => {
    seen.add(JSON.stringify(path));
    const value = valueAt(root, path);
    return isScalar(value) ? { value: String(value), place: place(path) } : undefined;
  };
  const find = (paths: readonly KeyPath[]) => paths.map(read).find((found) => found !== undefined);

  return {
    text: (...paths) => find(paths),
    flag: (...paths) => {
      const found = find(paths);
      if (found === undefined || !/^(?:true|false)$/i.test(found.value.trim())) return undefined;
      return { value: found.value.trim().toLowerCase() === 'true', place: found.place };
    },
    members: (path) => {
      const table = valueAt(root, path);
      const keys = isTable(table) ? Object.keys(table) : [];
      const found = keys.map((key) => [key, read([...path, key])] as const);
      return new Map(found.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
    },
    count: (path) => {
      const value = valueAt(root, path);
      return Array.isArray(value) ? value.length : 0;
    },
    place,
    texts: () =>
      leaves.flatMap(({ path, value }) =>
        typeof value === 'string' ? [{ path, value, place: place(path) }] : [],
      ),
    unread: () => {
      const counts = new Map<string, number>();
      for (const { path } of leaves) {
        if (path.length === 0 || seen.has(JSON.stringify(path))) continue;
        const section = path.slice(0, -1).filter((key) => typeof key === 'string');
        const name = section.length === 0 ? 'no section' : section.join('.');
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return counts;
    },
  };
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text, { maxDepth: MAX_DEPTH, unsafeKeyBehaviour: 'throw' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // What follows the first line quotes the file, in which there may be a password.
    const [first = ''] = error.message.split('\n', 1);
    const problem = first.replace(/^Invalid TOML document: /, '');
    const place = `${file}:${error.line}:${error.column}`;
    throw new ConfigError([{ place, key: '', text: `not valid TOML: ${problem}` }]);
  }
}

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((above, key) => {
    if (typeof above !== 'object' || above === null || !Object.hasOwn(above, key)) return undefined;
    return (above as Record<string | number, unknown>)[key];
  }, root);
}

/** Scalars, lists of them and empty tables; what is beyond the depth is not looked into. */
function* leavesOf(value: unknown, path: KeyPath): Generator<{ path: KeyPath; value: unknown }> {
  if (path.length > MAX_DEPTH) {
    yield { path, value };
  } else if (Array.isArray(value) && value.some(isTable)) {
    for (const [index, entry] of value.entries()) yield* leavesOf(entry, [...path, index]);
  } else if (isTable(value) && Object.keys(value).length > 0) {
    for (const [key, member] of Object.entries(value)) yield* leavesOf(member, [...path, key]);
  } else {
    yield { path, value };
  }
}

/** Dates and times are objects, too. */
function isTable(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
