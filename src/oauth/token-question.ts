/** What introspection and revocation have in common: a form that names a token. */

import { RequestError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { Call } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy } from './client-authentication.ts';
import type { TokenServer } from './token-server.ts';

export interface TokenQuestionDeps {
  readonly policy: AuthenticationPolicy;
  readonly server: TokenServer;
}

/**
 * Authenticates the caller and hands the form to the server.
 *
 * @throws RequestError `invalid_request` without a token (RFC 7662 section 2.1, RFC 7009 section
 * 2.1), `invalid_client` for the caller; UpstreamError.
 */
export async function askAboutToken(
  call: Call,
  { policy, server }: TokenQuestionDeps,
): Promise<{ readonly token: string; readonly answer: UpstreamAnswer }> {
  const form = await readForm(call.exchange);
  const token = form.get('token');
  if (token === undefined) {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: 'request_malformed',
      publicText: 'the parameter token is missing',
    });
  }
  const decision = await authenticateClient(call, form, policy);
  return { token, answer: await server.post(call, form, decision) };
}
