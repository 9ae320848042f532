/** The revocation endpoint (RFC 7009). */

import type { Endpoint } from './call.ts';
import { askAboutToken } from './token-question.ts';
import type { TokenQuestionDeps } from './token-question.ts';
import { passTokenAnswer, readWhole, refusedByServer } from './upstream-answer.ts';

/**
 * The server is told first. Only when it has agreed is the token revoked here, for as long as it
 * would have lived; when it fails the token stays what it was.
 */
export function createRevocationEndpoint(deps: TokenQuestionDeps): Endpoint {
  return async (call) => {
    const { token, found, decision, answer } = await askAboutToken(call, deps);
    if (answer.status >= 300) return refusedByServer(call, answer);
    // Read first: an answer that nobody reads keeps its connection for ever.
    const body = await readWhole(answer);
    // A server may answer 200 to a client that asks for another's token, and do nothing.
    const isAnothers =
      decision.kind === 'authenticated' && found?.binding?.clientId !== decision.client.clientId;
    if (!isAnothers) await deps.bindings?.revoke(token);
    call.journal.outcome = 'revoked';
    return { ...passTokenAnswer(answer), body };
  };
}
