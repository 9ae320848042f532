/** The revocation endpoint (RFC 7009). */

import type { Bindings } from '../bindings/bindings.ts';
import { readForm } from '../http/form.ts';
import type { Endpoint } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy } from './client-authentication.ts';
import { missingToken } from './introspection.ts';
import type { TokenServer } from './token-server.ts';
import { passTokenAnswer, readWhole } from './upstream-answer.ts';

export interface RevocationDeps {
  readonly policy: AuthenticationPolicy;
  readonly server: TokenServer;
  /** Present when the gateway binds, which is when the server does not. */
  readonly bindings: Bindings | undefined;
}

/**
 * The server is told first. Only when it has agreed is the binding forgotten, after which the
 * token is inactive here as well; when it fails the token stays what it was.
 */
export function createRevocationEndpoint({ policy, server, bindings }: RevocationDeps): Endpoint {
  return async (call) => {
    const form = await readForm(call.exchange);
    const token = form.get('token');
    if (token === undefined) throw missingToken();
    const decision = await authenticateClient(call, form, policy);
    const answer = await server.post(call, form, decision);
    if (answer.status >= 300) {
      call.journal.outcome = 'refused_upstream';
      call.journal.reason = 'upstream_refused';
      return passTokenAnswer(answer);
    }
    // Read first: an answer that nobody reads keeps its connection for ever.
    const body = await readWhole(answer);
    await bindings?.remove(token);
    call.journal.outcome = 'revoked';
    return { ...passTokenAnswer(answer), body };
  };
}
