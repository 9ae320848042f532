/** Validation against the schema; what it refuses is said in our words, at the keys it is about. */

import type { z } from 'zod';

import { closestWord } from './closest.ts';
import { knownKeys } from './json-schema.ts';
import type { KeyPath } from './positions.ts';
import { configSchema } from './schema.ts';
import type { Config } from './schema.ts';
import { describeIssue, REQUIRED } from './schema-words.ts';

export interface SchemaProblem {
  readonly keyPath: KeyPath;
  readonly text: string;
}

export type Validation =
  | { readonly config: Config }
  | { readonly problems: readonly SchemaProblem[] };

type Issue = z.core.$ZodIssue;

interface Leaf {
  readonly issue: Issue;
  readonly keyPath: KeyPath;
}

/**
 * Validates a value against the schema and returns the configuration or every problem.
 *
 * A value that came from the environment is text; where the schema wants a number or a boolean it is
 * read as one, if `isFromEnvironment` says that it stood there without quotes. `value` is changed by
 * that.
 */
export function validate(
  value: unknown,
  isFromEnvironment: (keyPath: KeyPath) => boolean,
): Validation {
  const first = parse(value);
  if ('config' in first) return first;
  const converted = first.leaves.filter(
    (leaf) => isFromEnvironment(leaf.keyPath) && convertInPlace(value, leaf),
  );
  const last = converted.length === 0 ? first : parse(value);
  if ('config' in last) return last;
  return { problems: last.leaves.flatMap(problemsOf) };
}

function parse(value: unknown): { readonly config: Config } | { readonly leaves: Leaf[] } {
  const result = configSchema.safeParse(value, { error: describeIssue });
  if (result.success) return { config: result.data };
  return { leaves: result.error.issues.flatMap((issue) => leavesOf(issue, [])) };
}

/**
 * Descends into unions. A key that no branch knows is the problem; else, where one branch alone
 * knows the keys that are there, the problems of that branch; else the union as a whole.
 */
function leavesOf(issue: Issue, above: KeyPath): Leaf[] {
  const keyPath = [...above, ...issue.path.map((part) => part as string | number)];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, keyPath }];

  const unknownByBranch = issue.errors.map((errors) =>
    errors.find((inner) => inner.code === 'unrecognized_keys' && inner.path.length === 0),
  );
  const [unknown, ...others] = unknownByBranch;
  if (unknown?.code === 'unrecognized_keys') {
    const isUnknownEverywhere = (key: string) =>
      others.every((other) => other?.code === 'unrecognized_keys' && other.keys.includes(key));
    const keys = unknown.keys.filter(isUnknownEverywhere);
    if (keys.length > 0) return [{ issue: { ...unknown, keys }, keyPath }];
  }
  const fitting = issue.errors.filter((errors) => errors.every(({ path }) => path.length > 0));
  const [branch] = fitting;
  if (branch === undefined || fitting.length > 1) return [{ issue, keyPath }];
  return branch.flatMap((inner) => leavesOf(inner, keyPath));
}

function problemsOf({ issue, keyPath }: Leaf): SchemaProblem[] {
  const isUnion = issue.code === 'invalid_union' && issue.errors.length > 0;
  if (isUnion && issue.message !== REQUIRED) {
    return [{ keyPath, text: `expected exactly one of ${knownKeys(keyPath).join(' and ')}` }];
  }
  if (issue.code !== 'unrecognized_keys') return [{ keyPath, text: issue.message }];
  const known = knownKeys(keyPath);
  return issue.keys.map((key) => {
    const meant = closestWord(key, known);
    const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
    return { keyPath: [...keyPath, key], text: `unknown key${hint}` };
  });
}

/** Replaces the text at a key path by what the schema wants there; false when it can't be read so. */
function convertInPlace(root: unknown, { issue, keyPath }: Leaf): boolean {
  if (issue.code !== 'invalid_type') return false;
  const key = keyPath.at(-1);
  const holder = keyPath.slice(0, -1).reduce<unknown>((value, part) => member(value, part), root);
  if (key === undefined || typeof holder !== 'object' || holder === null) return false;
  const text = member(holder, key);
  if (typeof text !== 'string') return false;
  const read = issue.expected === 'boolean' ? readBoolean(text) : readNumber(text);
  if (read === undefined) return false;
  (holder as Record<string | number, unknown>)[key] = read;
  return true;
}

function member(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

function readBoolean(text: string): boolean | undefined {
  if (text !== 'true' && text !== 'false') return undefined;
  return text === 'true';
}

function readNumber(text: string): number | undefined {
  return /^[-+]?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}
