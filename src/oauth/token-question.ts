/** What introspection and revocation have in common: a form that names a token. */

import type { Bindings, FoundToken } from '../bindings/bindings.ts';
import { RequestError } from '../errors.ts';
import { whenAtHand } from '../http/at-hand.ts';
import { withValue } from '../http/form.ts';
import type { Form } from '../http/form.ts';
import type { Call } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy, ClientDecision } from './client-authentication.ts';
import { readClientForm } from './client-form.ts';

export interface TokenQuestionDeps {
  readonly policy: AuthenticationPolicy;
  /** Present when the gateway binds, which is when the server does not. */
  readonly bindings: Bindings | undefined;
}

export interface TokenQuestion {
  /** The token as the caller holds it. */
  readonly token: string;
  /** What is known of it here; undefined where the server binds. */
  readonly found: FoundToken | undefined;
  readonly decision: ClientDecision;
  /** As the server must see it: its own token in place of the one that the caller holds. */
  readonly form: Form;
}

/**
 * Reads the form and authenticates its caller, at once where nothing has to be waited for; it then
 * throws in place of rejecting.
 *
 * @throws RequestError `invalid_request` without a token (RFC 7662 section 2.1, RFC 7009 section
 * 2.1), `invalid_client` for the caller; StoreError.
 */
export function readTokenQuestion(
  call: Call,
  deps: TokenQuestionDeps,
): TokenQuestion | Promise<TokenQuestion> {
  const form = readClientForm(call, deps.policy.registry);
  return whenAtHand(form, (read) => askedBy(call, read, deps));
}

function askedBy(
  call: Call,
  form: Form,
  { policy, bindings }: TokenQuestionDeps,
): TokenQuestion | Promise<TokenQuestion> {
  const token = form.get('token');
  if (token === undefined) {
    throw new RequestError({
      status: 400,
      code: 'invalid_request',
      reason: 'request_malformed',
      publicText: 'the parameter token is missing',
    });
  }
  return whenAtHand(authenticateClient(call, form, policy), (decision) =>
    whenAtHand(bindings?.find(token), (found) => {
      const asked = found === undefined ? form : withValue(form, 'token', found.upstreamToken);
      return { token, found, decision, form: asked };
    }),
  );
}
