/** The protection API access token (Federated Authorization for UMA 2.0 section 1.4). */

import type { IncomingMessage } from 'node:http';

import { RequestError } from '../../errors.ts';
import type { Reason } from '../../errors.ts';
import { holderOf, isBoundTo } from './live-token.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { LiveToken } from './live-token.ts';
import type { Owner } from './resource.ts';

export const PROTECTION_SCOPE = 'uma_protection';

const CHALLENGE = 'Bearer realm="certbound"';
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

export interface ProtectionTokenDeps {
  readonly findToken: (value: string) => Promise<LiveToken | undefined>;
  readonly decisions: Pick<GatewayDecisions, 'possessed'>;
  readonly isResourceServer: (clientId: string) => boolean;
}

/**
 * Returns whose resources the request is about. Only a token that is bound counts, and only with the
 * certificate that it is bound to.
 *
 * @throws RequestError 401, or 403 `insufficient_scope` (RFC 6750 section 3.1).
 */
export async function authorizeProtection(
  request: IncomingMessage,
  { findToken, decisions, isResourceServer }: ProtectionTokenDeps,
): Promise<Owner> {
  const value = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (value === undefined) throw tokenRequired();
  const token = await findToken(value);
  if (token === undefined) throw invalidToken('token_inactive');
  if (token['x5t#S256'] === undefined) throw invalidToken('token_unbound');
  const certificate = decisions.possessed(request);
  if (certificate === undefined) throw invalidToken('certificate_absent');
  if (!isBoundTo(token, certificate)) throw invalidToken('binding_mismatch');
  const holder = holderOf(token);
  const scopes = token.scope?.split(' ') ?? [];
  if (scopes.includes(PROTECTION_SCOPE) && isResourceServer(holder.clientId)) return holder;
  throw insufficientScope();
}

function tokenRequired(): RequestError {
  return new RequestError({
    status: 401,
    code: 'token_required',
    reason: 'token_absent',
    publicText: 'a protection API access token is required in the authorization header',
    headers: [['www-authenticate', CHALLENGE]],
  });
}

/** The text is one for all, so that nobody learns which tokens exist. */
function invalidToken(reason: Reason): RequestError {
  return new RequestError({
    status: 401,
    code: 'invalid_token',
    reason,
    publicText: 'the token is unknown, expired, revoked or not bound to the certificate presented',
    headers: [['www-authenticate', `${CHALLENGE}, error="invalid_token"`]],
  });
}

function insufficientScope(): RequestError {
  const challenge = `${CHALLENGE}, error="insufficient_scope", scope="${PROTECTION_SCOPE}"`;
  return new RequestError({
    status: 403,
    code: 'insufficient_scope',
    reason: 'token_scope_insufficient',
    publicText: `the token does not have the scope ${PROTECTION_SCOPE}`,
    headers: [['www-authenticate', challenge]],
  });
}
