/**
 * Endpoints at which a client begins what a user finishes: pushed authorization requests (RFC 9126),
 * device authorization (RFC 8628) and CIBA. What they hand out belongs to the client from there on,
 * and to the certificate of a public client.
 */

import type { TokenKind } from '../bindings/bindings.ts';
import type { Client } from '../clients/client.ts';
import type { Answer } from '../http/exchange.ts';
import { invalidAnswer } from '../upstream/failure.ts';
import { bindingConflict } from './binding-conflict.ts';
import type { Endpoint } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy } from './client-authentication.ts';
import { readClientForm } from './client-form.ts';
import { confirmationFor } from './confirmation.ts';
import { expiryAfter, secondsMember, stringMember } from './issued-tokens.ts';
import { refuseReservedScopes } from './requested-scope.ts';
import type { BindingDeps } from './token.ts';
import type { TokenServer } from './token-server.ts';
import {
  answerWithText,
  expectStatus,
  passTokenAnswer,
  readJsonAnswer,
  refusedByServer,
} from './upstream-answer.ts';
import type { ServerAnswer } from './upstream-answer.ts';

export interface ClientEndpointDeps {
  readonly policy: AuthenticationPolicy;
  readonly server: TokenServer;
  /** Present when the gateway binds, which is when the server does not. */
  readonly binding: Pick<BindingDeps, 'bindings' | 'now'> | undefined;
  /** The member of the answer by which the client goes on. */
  readonly handle: Handle;
}

type Handle = Extract<TokenKind, 'device_code' | 'request_uri' | 'auth_req_id'>;

/** How long a binding lives where the answer does not say how long its handle does. */
const LIFETIME_MS = 600_000;

/** RFC 9126 section 2.2 answers 201, the others 200. */
const SUCCESSES: readonly number[] = [200, 201];

export function createClientEndpoint(deps: ClientEndpointDeps): Endpoint {
  const { policy, server, binding, handle } = deps;
  return async (call) => {
    const form = await readClientForm(call, policy.registry);
    refuseReservedScopes(form.get);
    const decision = await authenticateClient(call, form, policy);
    const { client } = decision;
    // Also where it is not bound to: what the policy of the client demands is demanded here.
    const confirmation = client && confirmationFor(call, client, decision);
    const answer = await server.post(call, form, decision, {
      // What is pushed is an authorization request, which names its client (RFC 9126 section 2.1).
      keepsClientId: handle === 'request_uri',
    });
    if (answer.status >= 300) return refusedByServer(call, answer);
    const released =
      binding === undefined
        ? passTokenAnswer(answer)
        : await bindHandle(answer, { client, confirmation }, { ...binding, kind: handle });
    call.journal.outcome = 'accepted';
    return released;
  };
}

interface Beginner {
  readonly client: Client | undefined;
  readonly confirmation: string | undefined;
}

/** Binds before the answer is released, as tokens are. */
async function bindHandle(
  answer: ServerAnswer,
  { client, confirmation }: Beginner,
  { bindings, now, kind }: NonNullable<ClientEndpointDeps['binding']> & { readonly kind: Handle },
): Promise<Answer> {
  expectStatus(answer, SUCCESSES);
  // Where the gateway binds, clients that it does not know are refused before this.
  if (client === undefined) throw invalidAnswer('handed out to nobody we know');
  const { text, json } = await readJsonAnswer(answer);
  const token = stringMember(json, kind);
  if (token === undefined) throw invalidAnswer(`no ${kind}`);
  const seconds = secondsMember(json, 'expires_in');
  const bound = await bindings.bindAll([
    {
      token,
      kind,
      clientId: client.clientId,
      // That of a confidential client is bound through its client_id (RFC 8705 section 7.1).
      thumbprint: client.method === 'none' ? confirmation : undefined,
      expiresAt: expiryAfter(seconds === undefined ? LIFETIME_MS : seconds * 1_000, now()),
    },
  ]);
  if (bound === 'conflict') throw bindingConflict(`the ${kind} belongs to another client already`);
  const [held = token] = bound;
  const released = held === token ? text : json.changed(new Map([[kind, JSON.stringify(held)]]));
  return answerWithText(answer, released);
}
