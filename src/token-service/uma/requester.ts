/** For whom a client asks: for itself, or for a user whose token it holds. */

import type { LoadedProvider } from '../provider.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import { isBoundTo } from './live-token.ts';
import type { LiveToken } from './live-token.ts';
import { ticketRefusal } from './refusals.ts';
import type { IncomingMessage } from 'node:http';
import type { AccessToken } from 'oidc-provider';

export interface RequesterDeps {
  readonly findToken: (value: string) => Promise<LiveToken | undefined>;
  readonly decisions: Pick<GatewayDecisions, 'possessed'>;
  readonly loaded: Pick<LoadedProvider, 'refusal'>;
}

export interface ClaimTokenRequest {
  readonly request: IncomingMessage;
  readonly clientId: string;
  readonly claimToken: unknown;
  readonly claimTokenFormat: unknown;
}

/** RFC 8693 section 3. The only format: who a user is this service itself has said. */
export const CLAIM_TOKEN_FORMAT = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Returns the token of the user, undefined where the client asks for itself.
 *
 * It must be the client's own and, where it is bound, the certificate of the request that it is bound
 * to: what was shown to a resource server leads nobody to permissions.
 *
 * @throws 400 `invalid_request` without a known format (UMA 2.0 Grant section 3.3.1), `invalid_grant`
 * for any other token.
 */
export async function readRequestingUser(
  { request, clientId, claimToken, claimTokenFormat }: ClaimTokenRequest,
  { findToken, decisions, loaded }: RequesterDeps,
): Promise<AccessToken | undefined> {
  if (claimToken === undefined && claimTokenFormat === undefined) return undefined;
  if (typeof claimToken !== 'string' || claimTokenFormat !== CLAIM_TOKEN_FORMAT) {
    const expected = `expected claim_token with the format ${CLAIM_TOKEN_FORMAT}`;
    throw loaded.refusal('invalid_request', expected);
  }
  const token = await findToken(claimToken);
  if (token?.kind !== 'AccessToken' || token.clientId !== clientId) throw refused(loaded);
  if (token['x5t#S256'] === undefined) return token;
  const certificate = decisions.possessed(request);
  if (certificate !== undefined && isBoundTo(token, certificate)) return token;
  throw refused(loaded);
}

function refused(loaded: RequesterDeps['loaded']): Error {
  return ticketRefusal(
    loaded,
    'uma_claim_token_refused',
    'the claim token is not a token of this client',
  );
}
