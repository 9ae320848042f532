/** Guessing the codes of devices is slowed (RFC 8628 section 5.1). */

import { RequestError } from '../../errors.ts';
import { answerError } from './error-answer.ts';
import { PEOPLE_PATHS } from './paths.ts';
import type { Log } from '../log.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import type { StrangerLimits } from '../strangers.ts';

export interface CodeGuessDeps {
  readonly issuer: string;
  readonly strangers: Pick<StrangerLimits, 'codes'>;
  readonly loaded: Pick<LoadedProvider, 'crowded'>;
  readonly log: Log;
}

/** Adds to the provider that no code is looked at from where too many were wrong. */
export function slowCodeGuesses(provider: OidcProvider, deps: CodeGuessDeps): void {
  const { issuer, strangers, loaded, log } = deps;
  provider.use(async (ctx, next) => {
    const isEntered = ctx.path === PEOPLE_PATHS.code_verification && ctx.method === 'POST';
    // The first address of X-Forwarded-For, which the gateway writes and no client.
    if (!isEntered || !strangers.codes.isBlocked(ctx.ip)) return next();
    const refusal = new RequestError({
      status: 429,
      code: 'temporarily_unavailable',
      reason: 'user_attempts_exceeded',
      publicText: 'too many wrong codes: try again in some minutes',
    });
    answerError(ctx, loaded.crowded(refusal), { issuer, log });
  });
}
