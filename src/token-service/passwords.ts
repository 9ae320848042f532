/** The users, as far as the service knows them: whether they are there, and whether a password is theirs. */

import { RequestError } from '../errors.ts';

export interface Passwords {
  hasUser(name: string): boolean;
  /** `wrong` also for a user who is not there; `blocked` after too many wrong ones. */
  verify(attempt: {
    readonly name: string;
    readonly password: string;
    /** IP address of the client. */
    readonly address: string;
  }): Promise<PasswordVerdict>;
}

export type PasswordVerdict = 'right' | 'wrong' | 'blocked' | 'overloaded';

/** Why nobody was logged in, for the log and for whoever asked. */
export function refusedPassword(verdict: Exclude<PasswordVerdict, 'right'>): RequestError {
  switch (verdict) {
    case 'wrong':
      return new RequestError({
        status: 400,
        code: 'invalid_grant',
        reason: 'user_password_mismatch',
        publicText: 'the name or the password is wrong',
      });
    case 'blocked':
      return new RequestError({
        status: 400,
        code: 'invalid_grant',
        reason: 'user_attempts_exceeded',
        publicText: 'too many wrong passwords: try again later',
      });
    case 'overloaded':
      return new RequestError({
        status: 503,
        code: 'temporarily_unavailable',
        reason: 'overloaded',
        publicText: 'too many passwords are waiting to be looked at',
      });
  }
}
