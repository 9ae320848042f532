/** The password grant (RFC 6749 section 4.3): for users only, and clients that have the grant. */

import { refusedPassword } from '../passwords.ts';
import type { Passwords } from '../passwords.ts';
import { certificateToBind } from './certificate-to-bind.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import { PROTECTION_SCOPE } from '../uma/protection-token.ts';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';

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
    const scope = protectionScope(client, body?.['scope'], loaded);
    // Before the password: a request that can't succeed must tell nothing of it.
    const certificate = certificateToBind(ctx, client, { decisions, loaded });
    const name = await authenticateUser(ctx, deps);

    const { clientId } = client;
    const grant = new provider.Grant({ clientId, accountId: name });
    if (scope !== undefined) grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const facts = { client, accountId: name, grantId, gty: GRANT_TYPE, scope };
    const accessToken = new provider.AccessToken(facts);
    if (certificate !== undefined) accessToken.setThumbprint('x5t', certificate);
    ctx.oidc.entity('AccessToken', accessToken);
    // That of a confidential client is bound through its client_id (RFC 8705 section 7.1).
    const hasRefresh = client.grantTypeAllowed('refresh_token');
    const refreshToken = hasRefresh
      ? new provider.RefreshToken({
          ...facts,
          scope: scope ?? '',
          authTime: Math.floor(Date.now() / 1_000),
        })
      : undefined;
    ctx.body = {
      access_token: await accessToken.save(),
      expires_in: accessToken.expiration,
      ...(refreshToken !== undefined && { refresh_token: await refreshToken.save() }),
      ...(scope !== undefined && { scope }),
      token_type: accessToken.tokenType,
    };
  }

  provider.registerGrantType(GRANT_TYPE, answer, ['username', 'password']);
}

/**
 * The one scope of this grant is that of resource servers, which keep resources of users.
 *
 * @throws 400 for any other scope, and for a client that does not have it.
 */
function protectionScope(
  client: Client,
  scope: unknown,
  loaded: Pick<LoadedProvider, 'refusal'>,
): string | undefined {
  if (scope === undefined) return undefined;
  const isHeld = client.scope?.split(' ').includes(PROTECTION_SCOPE) === true;
  if (scope === PROTECTION_SCOPE && isHeld) return PROTECTION_SCOPE;
  throw loaded.refusal('invalid_scope', 'this client does not have these scopes');
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
