/** The revocation endpoint (RFC 7009). */

import type { Endpoint } from './call.ts';
import type { IntrospectionCache } from './introspection-cache.ts';
import { readTokenQuestion } from './token-question.ts';
import type { TokenQuestionDeps } from './token-question.ts';
import type { TokenServer } from './token-server.ts';
import { passTokenAnswer, readWhole, refusedByServer } from './upstream-answer.ts';

export interface RevocationDeps extends TokenQuestionDeps {
  readonly server: TokenServer;
  /** Where answers about the token may be kept. */
  readonly caches: readonly Pick<IntrospectionCache, 'forget'>[];
}

/**
 * The server is told first. Only when it has agreed is the token revoked here, for as long as it
 * would have lived; when it fails the token stays what it was.
 */
export function createRevocationEndpoint({ server, caches, ...deps }: RevocationDeps): Endpoint {
  return async (call) => {
    const { token, found, decision, form } = await readTokenQuestion(call, deps);
    const answer = await server.post(call, form, decision);
    if (answer.status >= 300) return refusedByServer(call, answer);
    // Read first: an answer that nobody reads keeps its connection for ever.
    const body = await readWhole(answer);
    // A server may answer 200 to a client that asks for another's token, and do nothing.
    const isAnothers =
      decision.client !== undefined && found?.binding?.clientId !== decision.client.clientId;
    if (!isAnothers) await deps.bindings?.revoke(token);
    const ended = { token: form.get('token') ?? token, clientId: found?.binding?.clientId };
    for (const cache of caches) cache.forget(ended);
    call.journal.outcome = 'revoked';
    return { ...passTokenAnswer(answer), body };
  };
}
