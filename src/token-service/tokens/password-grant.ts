/** The password grant (RFC 6749 section 4.3): for users only, and clients that have the grant. */

import { refusedPassword } from '../passwords.ts';
import type { Passwords } from '../passwords.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

export interface PasswordGrantDeps {
  readonly passwords: Passwords;
  readonly decisions: GatewayDecisions;
  readonly loaded: Pick<LoadedProvider, 'refusal' | 'unavailable'>;
}

const GRANT_TYPE = 'password';

/** Adds the grant to the provider. Its tokens are bound by the same rule as those of all others. */
export function addPasswordGrant(provider: OidcProvider, deps: PasswordGrantDeps): void {
  const { decisions, loaded } = deps;

  async function answer(ctx: KoaContextWithOIDC): Promise<void> {
    const { client, body } = ctx.oidc;
    if (client === undefined) throw loaded.refusal('invalid_request', 'no client');
    if (body?.['scope'] !== undefined) {
      throw loaded.refusal('invalid_scope', 'the password grant has no scopes');
    }
    // Before the password: a request that can't succeed must tell nothing of it.
    const { tlsClientCertificateBoundAccessTokens: isBound } = client;
    const certificate =
      isBound === true ? decisions.certificate(ctx.req, client.clientId) : undefined;
    if (isBound === true && certificate === undefined) {
      throw loaded.refusal('invalid_grant', 'mutual TLS client certificate not provided');
    }
    const name = await authenticateUser(ctx, deps);

    const { clientId } = client;
    const grantId = await new provider.Grant({ clientId, accountId: name }).save();
    const facts = { client, accountId: name, grantId, gty: GRANT_TYPE };
    const accessToken = new provider.AccessToken(facts);
    if (certificate !== undefined) accessToken.setThumbprint('x5t', certificate);
    ctx.oidc.entity('AccessToken', accessToken);
    // That of a confidential client is bound through its client_id (RFC 8705 section 7.1).
    const hasRefresh = client.grantTypeAllowed('refresh_token');
    const refreshToken = hasRefresh
      ? new provider.RefreshToken({ ...facts, scope: '', authTime: Math.floor(Date.now() / 1_000) })
      : undefined;
    ctx.body = {
      access_token: await accessToken.save(),
      expires_in: accessToken.expiration,
      ...(refreshToken !== undefined && { refresh_token: await refreshToken.save() }),
      token_type: accessToken.tokenType,
    };
  }

  provider.registerGrantType(GRANT_TYPE, answer, ['username', 'password']);
}

/** Returns the name of the user whose password is in the request. @throws 400, or 503. */
async function authenticateUser(
  ctx: KoaContextWithOIDC,
  { passwords, loaded }: PasswordGrantDeps,
): Promise<string> {
  const { username: name, password } = ctx.oidc.params ?? {};
  if (typeof name !== 'string' || typeof password !== 'string') {
    throw loaded.refusal('invalid_request', 'expected username and password');
  }
  // The first address of X-Forwarded-For, which the gateway writes and no client.
  const verdict = await passwords.verify({ name, password, address: ctx.ip });
  if (verdict === 'right') return name;
  const refusal = refusedPassword(verdict);
  if (verdict === 'overloaded') throw loaded.unavailable(refusal);
  throw loaded.refusal('invalid_grant', refusal.publicText, refusal);
}
