/** The revocation endpoint (RFC 7009). */

import type { Bindings } from '../bindings/bindings.ts';
import type { Endpoint } from './call.ts';
import { askAboutToken } from './token-question.ts';
import type { TokenQuestionDeps } from './token-question.ts';
import { passTokenAnswer, readWhole, refusedByServer } from './upstream-answer.ts';

export interface RevocationDeps extends TokenQuestionDeps {
  /** Present when the gateway binds, which is when the server does not. */
  readonly bindings: Bindings | undefined;
}

/**
 * The server is told first. Only when it has agreed is the binding forgotten, after which the
 * token is inactive here as well; when it fails the token stays what it was.
 */
export function createRevocationEndpoint(deps: RevocationDeps): Endpoint {
  return async (call) => {
    const { token, answer } = await askAboutToken(call, deps);
    if (answer.status >= 300) return refusedByServer(call, answer);
    // Read first: an answer that nobody reads keeps its connection for ever.
    const body = await readWhole(answer);
    await deps.bindings?.remove(token);
    call.journal.outcome = 'revoked';
    return { ...passTokenAnswer(answer), body };
  };
}
