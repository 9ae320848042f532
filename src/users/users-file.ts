/** The file of users: a line `name:hash` for each, blank lines and lines that begin with `#` aside. */

import { parsePasswordHash } from './password-hash.ts';
import type { PasswordHash } from './password-hash.ts';

export interface User {
  readonly name: string;
  readonly hash: PasswordHash;
}

export interface UserProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

export type UsersOutcome = { readonly users: readonly User[] } | { readonly problem: UserProblem };

/** Far more people than would be kept in a file. */
const MAX_USERS = 10_000;
const MAX_NAME_BYTES = 255;

/** Control characters, and line separators of Unicode, which RFC 6749 appendix A.15 leaves out. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** Reads the text of a file of users; a name stands once. */
export function parseUsersFile(text: string): UsersOutcome {
  const users: User[] = [];
  const names = new Set<string>();
  for (const [index, row] of text.split(/\r?\n/).entries()) {
    if (row === '' || row.startsWith('#')) continue;
    const refused = (what: string): UsersOutcome => ({ problem: { line: index + 1, text: what } });
    const colon = row.indexOf(':');
    if (colon === -1) return refused('expected name:hash');
    const name = row.slice(0, colon);
    const problem = userNameProblem(name);
    if (problem !== undefined) return refused(problem);
    if (names.has(name)) return refused(`the user "${name}" is there already`);
    if (users.length === MAX_USERS) return refused(`more than ${MAX_USERS} users`);
    const outcome = parsePasswordHash(row.slice(colon + 1));
    if ('problem' in outcome) return refused(outcome.problem);
    names.add(name);
    users.push({ name, hash: outcome.hash });
  }
  return { users };
}

/** Returns why nobody can have this name in a file of users; undefined where one can. */
export function userNameProblem(name: string): string | undefined {
  if (name === '') return 'expected a name';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    return `the name is longer than ${MAX_NAME_BYTES} bytes`;
  }
  if (name.includes(':')) return 'a name has no colon';
  if (name.startsWith('#') || name.trim() !== name || UNPRINTABLE.test(name)) {
    return 'a name begins with no # or blank, ends with no blank and has no control characters';
  }
  return undefined;
}
