/** The token endpoint (RFC 6749 section 3.2, RFC 8705 sections 2 and 3). */

import type { Bindings } from '../bindings/bindings.ts';
import { readForm } from '../http/form.ts';
import type { Answer } from '../http/exchange.ts';
import type { UpstreamAnswer } from '../upstream/forward.ts';
import type { Call, Endpoint } from './call.ts';
import { authenticateClient } from './client-authentication.ts';
import type { AuthenticationPolicy, ClientDecision } from './client-authentication.ts';
import type { TokenServer } from './token-server.ts';
import {
  answerWithText,
  invalidAnswer,
  passTokenAnswer,
  readJsonAnswer,
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
    const decision = authenticateClient(call, form, policy);
    const answer = await server.post(call, form, decision);
    if (answer.status !== 200) return refusedByServer(call, answer);
    if (binding === undefined) {
      call.journal.outcome = 'issued';
      return passTokenAnswer(answer);
    }
    return bindTokens(call, decision, answer, binding);
  };
}

function refusedByServer(call: Call, answer: UpstreamAnswer): Answer {
  call.journal.outcome = 'refused_upstream';
  call.journal.reason = 'upstream_refused';
  return passTokenAnswer(answer);
}

/**
 * Stores the binding of each token in the answer before it releases the answer: a token that the
 * store could not take never reaches the client. A request without a certificate gets rows that
 * say so, so that a missing row always means a token that we did not see issued.
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
  const lifetime = secondsMember(json.members.get('expires_in'));

  const thumbprint = thumbprintOf(call, decision);
  const clientId = call.journal.clientId ?? '';
  const now = deps.now();
  const until = (ms: number): number => Math.ceil((now + ms) / 1_000) + EXPIRY_MARGIN_SECONDS;
  await deps.bindings.recordAll([
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
  call.journal.outcome = thumbprint === undefined ? 'issued_unbound' : 'issued_bound';
  return answerWithText(answer, text);
}

/** A row outlives its token a little, so that clocks that differ leave no token without a row. */
const EXPIRY_MARGIN_SECONDS = 60;

function thumbprintOf(call: Call, decision: ClientDecision): string | undefined {
  if (decision.kind === 'authenticated') return decision.certificate.thumbprint;
  const { presentation } = call;
  return presentation.kind === 'presented' ? presentation.certificate.thumbprint : undefined;
}

function stringMember(source: string | undefined): string | undefined {
  if (source === undefined) return undefined;
  const value: unknown = JSON.parse(source);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function secondsMember(source: string | undefined): number | undefined {
  if (source === undefined) return undefined;
  const value: unknown = JSON.parse(source);
  return typeof value === 'number' && value > 0 && value < 1e10 ? value : undefined;
}
