/** The token endpoint (RFC 6749 section 3.2, RFC 8705 sections 2 and 3). */

import type { Bindings } from '../bindings/bindings.ts';
import { UpstreamError } from '../errors.ts';
import { readForm } from '../http/form.ts';
import type { Answer } from '../http/exchange.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { Call, Endpoint } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy, ClientDecision } from './client-authentication.ts';
import type { TokenServer } from './token-server.ts';
import {
  answerWithText,
  expectOk,
  invalidAnswer,
  passTokenAnswer,
  readJsonAnswer,
  refusedByServer,
} from './upstream-answer.ts';

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
  readonly refreshTokenLifetimeMs: number;
}

export function createTokenEndpoint({ policy, server, binding }: TokenDeps): Endpoint {
  return async (call) => {
    const form = await readForm(call.exchange);
    const decision = await authenticateClient(call, form, policy);
    const answer = await server.post(call, form, decision);
    if (answer.status >= 300) return refusedByServer(call, answer);
    expectOk(answer);
    if (binding === undefined) {
      call.journal.outcome = 'issued';
      return passTokenAnswer(answer);
    }
    return bindTokens(call, decision, answer, binding);
  };
}

/**
 * Stores the binding of each token in the answer before it releases the answer: a token that the
 * store could not take never reaches the client.
 */
async function bindTokens(
  call: Call,
  decision: ClientDecision,
  answer: UpstreamAnswer,
  deps: BindingDeps,
): Promise<Answer> {
  const { text, json } = await readJsonAnswer(answer);
  const accessToken = stringMember(json.members.get('access_token'));
  if (accessToken === undefined) throw invalidAnswer('no access_token');
  const refreshToken = stringMember(json.members.get('refresh_token'));
  if (refreshToken === undefined && json.members.has('refresh_token')) {
    throw invalidAnswer('the refresh_token is no text');
  }
  const lifetime = secondsMember(json.members.get('expires_in'));

  // Only clients that the gateway has authenticated by certificate get this far.
  if (decision.kind !== 'authenticated') throw invalidAnswer('issued to nobody we know');
  const { thumbprint } = decision.certificate;
  const { clientId } = decision.client;
  const now = deps.now();
  const until = (ms: number): number => Math.ceil((now + ms) / 1_000) + EXPIRY_MARGIN_SECONDS;
  const stored = await deps.bindings.recordAll([
    {
      token: accessToken,
      kind: 'access',
      clientId,
      thumbprint,
      expiresAt: until(lifetime === undefined ? deps.accessTokenLifetimeMs : lifetime * 1_000),
    },
    ...(refreshToken === undefined
      ? []
      : [
          {
            token: refreshToken,
            kind: 'refresh' as const,
            clientId,
            thumbprint,
            expiresAt: until(deps.refreshTokenLifetimeMs),
          },
        ]),
  ]);
  if (stored === 'conflict') throw conflict();
  call.journal.outcome = 'issued_bound';
  return answerWithText(answer, text);
}

/** Servers that hand out a token again must not move it to another certificate. */
function conflict(): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'binding_conflict',
    publicText: 'the identity server gave an answer that can not be used',
    detail: 'the token in the answer is bound to another certificate already',
  });
}

/** A row outlives its token a little, so that clocks that differ leave no token without a row. */
const EXPIRY_MARGIN_SECONDS = 60;

/** Some three hundred years; more is a number of something else. */
const MAX_LIFETIME_SECONDS = 1e10;

function stringMember(source: string | undefined): string | undefined {
  if (source === undefined) return undefined;
  const value: unknown = JSON.parse(source);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function secondsMember(source: string | undefined): number | undefined {
  if (source === undefined) return undefined;
  const value: unknown = JSON.parse(source);
  // Some servers write the number as text.
  const seconds = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof seconds === 'number' && seconds >= 0 && seconds < MAX_LIFETIME_SECONDS) return seconds;
  throw invalidAnswer('expires_in is no number of seconds');
}
