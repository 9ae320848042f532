/** Whether a password is a user's, without telling which users there are. */

import type { Attempt, Attempts } from './attempts.ts';
import { createDecoys } from './decoys.ts';
import { isPasswordOf } from './hash-password.ts';
import { userNameProblem } from './users-file.ts';
import type { User } from './users-file.ts';

export interface PasswordAttempt extends Attempt {
  readonly password: string;
}

export type PasswordVerdict =
  | 'right'
  /** Also for a user who is not there. */
  | 'wrong'
  /** Too many wrong ones before it; it was not looked at. */
  | 'blocked'
  /** Too many are waiting to be looked at. */
  | 'overloaded';

export interface PasswordCheck {
  hasUser(name: string): boolean;
  verify(attempt: PasswordAttempt): Promise<PasswordVerdict>;
}

/** Half of the threads of libuv, which read files and look up names, too. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 256;
/** Nobody types more, and hashing takes time by the length. */
const MAX_PASSWORD_CHARACTERS = 1_024;

/** @param attempts that failed so far; they outlive a change of the users. */
export async function createPasswordCheck(
  users: readonly User[],
  { attempts }: { readonly attempts: Attempts },
): Promise<PasswordCheck> {
  const hashes = new Map(users.map(({ name, hash }) => [name, hash]));
  const decoyOf = await createDecoys([...hashes.values()]);
  const line: (() => void)[] = [];
  let running = 0;

  async function verifyNow(attempt: PasswordAttempt): Promise<PasswordVerdict> {
    // Once more: those that ran while it waited may have been wrong.
    if (attempts.isBlocked(attempt)) return 'blocked';
    const hash = hashes.get(attempt.name);
    // Whoever is unknown takes as long as a wrong password of one of the users does.
    const isRight = await isPasswordOf(attempt.password, hash ?? decoyOf(attempt.name));
    if (isRight && hash !== undefined) {
      attempts.succeeded(attempt);
      return 'right';
    }
    attempts.failed(attempt);
    return 'wrong';
  }

  return {
    hasUser: (name) => hashes.has(name),

    async verify(asked) {
      // A name that nobody can have is not remembered: it could be as long as a request.
      const attempt = userNameProblem(asked.name) === undefined ? asked : { ...asked, name: '' };
      if (attempts.isBlocked(attempt)) return 'blocked';
      if (attempt.password.length > MAX_PASSWORD_CHARACTERS) {
        attempts.failed(attempt);
        return 'wrong';
      }
      if (running < MAX_AT_ONCE) running += 1;
      else if (line.length >= MAX_WAITING) return 'overloaded';
      // Whoever ends hands over its place, so that the number of running ones stays.
      else await new Promise<void>((resolve) => line.push(resolve));
      try {
        return await verifyNow(attempt);
      } finally {
        const next = line.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
