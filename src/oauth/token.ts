/** The token endpoint (RFC 6749 section 3.2, RFC 8705 sections 2 and 3). */

import type { Bindings, PromisedBindings, TokenBinding } from '../bindings/bindings.ts';
import type { Client } from '../clients/client.ts';
import type { Form } from '../http/form.ts';
import type { Answer } from '../http/exchange.ts';
import { invalidAnswer } from '../upstream/failure.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import { bindingConflict } from './binding-conflict.ts';
import type { Call, Endpoint } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy } from './client-authentication.ts';
import { readClientForm } from './client-form.ts';
import { confirmationFor } from './confirmation.ts';
import { readIssued } from './issued-tokens.ts';
import type { Issued } from './issued-tokens.ts';
import { redeem } from './redeemed-token.ts';
import type { Redeemed } from './redeemed-token.ts';
import { refuseReservedScopes } from './requested-scope.ts';
import type { TokenServer } from './token-server.ts';
import { answerWithText, expectOk, passTokenAnswer, refusedByServer } from './upstream-answer.ts';

export interface TokenDeps {
  readonly policy: AuthenticationPolicy;
  readonly server: TokenServer;
  /** Present when the gateway binds, which is when the server does not. */
  readonly binding: BindingDeps | undefined;
}

export interface BindingDeps {
  readonly bindings: Bindings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long a binding lives when the answer gives no `expires_in`. */
  readonly accessTokenLifetimeMs: number;
  /** How long the binding of a refresh token lives after its last use. */
  readonly refreshTokenLifetimeMs: number;
}

/** What most servers take once only. */
const ONCE = ['refresh_token', 'code', 'device_code', 'auth_req_id'] as const;

export function createTokenEndpoint({ policy, server, binding }: TokenDeps): Endpoint {
  return async (call) => {
    const form = await readClientForm(call, policy.registry);
    call.journal.grantType = form.get('grant_type');
    refuseReservedScopes(form.get);
    const decision = await authenticateClient(call, form, policy);
    const { client } = decision;
    const confirmation = client && confirmationFor(call, client, decision);
    if (binding === undefined) return passIssued(call, await server.post(call, form, decision));

    // Where the gateway binds, clients that it does not know are refused above.
    if (client === undefined) throw invalidAnswer('issued to nobody we know');
    const redeemed = await redeem(form, client, confirmation, binding.bindings);
    // The server takes it once: while no tokens could be bound, it stays with the client.
    const isTakenOnce = ONCE.some((parameter) => form.get(parameter) !== undefined);
    const bindings = isTakenOnce ? await binding.bindings.promise() : binding.bindings;
    const answer = await server.post(call, redeemed.form, decision);
    if (answer.status >= 300) return refusedByServer(call, answer);
    expectOk(answer);
    const issued = await readIssued(answer, binding);
    const released = await bindIssued(issued, { form, client, confirmation, redeemed }, bindings);
    call.journal.outcome = confirmation === undefined ? 'issued_unbound' : 'issued_bound';
    return answerWithText(answer, released);
  };
}

/** The server binds what it issues. */
function passIssued(call: Call, answer: UpstreamAnswer): Answer {
  if (answer.status >= 300) return refusedByServer(call, answer);
  expectOk(answer);
  call.journal.outcome = 'issued';
  return passTokenAnswer(answer);
}

/** For whom tokens were issued, and what for. */
interface Grantee {
  readonly form: Form;
  readonly client: Client;
  readonly confirmation: string | undefined;
  readonly redeemed: Redeemed;
}

/**
 * Binds each token before the answer is released: a token whose binding is not durable never
 * reaches the client. Returns the answer's text with the tokens as the client will hold them.
 */
async function bindIssued(
  { json, text, accessToken, refreshToken, accessExpiresAt, refreshExpiresAt }: Issued,
  { form, client, confirmation, redeemed }: Grantee,
  bindings: PromisedBindings,
): Promise<string> {
  const { clientId } = client;
  const access: TokenBinding = {
    token: accessToken,
    kind: 'access',
    clientId,
    thumbprint: confirmation,
    expiresAt: accessExpiresAt,
  };
  const refresh: TokenBinding | undefined =
    refreshToken === undefined
      ? undefined
      : {
          token: refreshToken,
          kind: 'refresh',
          clientId,
          thumbprint: refreshConfirmation(refreshToken, client, confirmation, redeemed),
          expiresAt: refreshExpiresAt,
        };
  const released = await bindings.bindAll(refresh === undefined ? [access] : [access, refresh]);
  // Servers that hand out a token again must not move it to another certificate.
  if (released === 'conflict') {
    throw bindingConflict('the token in the answer is bound to another certificate already');
  }
  const held = form.get('refresh_token');
  if (refresh === undefined && held !== undefined) {
    await bindings.extend(held, refreshExpiresAt);
  }
  const [heldAccess = accessToken, heldRefresh] = released;
  if (heldAccess === accessToken && heldRefresh === refreshToken) return text;
  return json.changed(
    new Map([
      ['access_token', JSON.stringify(heldAccess)],
      ...(heldRefresh === undefined
        ? []
        : [['refresh_token', JSON.stringify(heldRefresh)] as const]),
    ]),
  );
}

/**
 * What a refresh token is bound to. That of a confidential client is bound through its client_id (RFC
 * 8705 section 7.1), so that its next certificate may redeem it. One that a server hands out again
 * stays what it was: issued without a certificate, it does not belong to the first that is shown.
 */
function refreshConfirmation(
  token: string,
  { method }: Client,
  confirmation: string | undefined,
  { refreshToken }: Redeemed,
): string | undefined {
  if (method !== 'none') return undefined;
  const isSame = refreshToken?.binding !== undefined && refreshToken.upstreamToken === token;
  return isSame ? refreshToken.binding.thumbprint : confirmation;
}
