/**
 * Access tokens as the claims of a JWT (RFC 9068 section 2.2), and back as the record that the
 * provider would have stored of an opaque one. Both directions must stay in step.
 */

import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider';
import type { OidcProvider } from '../provider.ts';

export type AccessToken = InstanceType<
  OidcProvider['AccessToken'] | OidcProvider['ClientCredentials']
>;

export type AccessTokenModel = 'AccessToken' | 'ClientCredentials';

export type Claims = Readonly<Record<string, unknown>>;

/** Claims of our own: what the token is alive with. Introspection does not show them. */
const GRANT = 'grant_id';
const SESSION = 'session_uid';

/** Returns the claims that the provider does not write by itself. */
export function ownClaims(
  { oidc: { entities } }: KoaContextWithOIDC,
  token: AccessToken,
  audience: readonly string[],
): Claims {
  const [single, ...more] = audience;
  const aud = more.length === 0 ? single : audience;
  if (token.kind === 'ClientCredentials') return { aud };
  const { grantId, expiresWithSession, sessionUid, accountId, gty } = token;
  // When the user was there (RFC 9068 section 2.2.1): now, or as what is being redeemed has it.
  const sources = [entities.AuthorizationCode, entities.DeviceCode, entities.RefreshToken];
  const source = sources.find((each) => each !== undefined && each.accountId === accountId);
  const authTime = gty === 'password' ? Math.floor(Date.now() / 1_000) : source?.authTime;
  return {
    aud,
    [GRANT]: grantId,
    ...(expiresWithSession === true && { [SESSION]: sessionUid }),
    ...(authTime !== undefined && { auth_time: authTime }),
  };
}

/** The model whose token these claims are. */
export function modelOf(claims: Claims): AccessTokenModel {
  const isClients = claims[GRANT] === undefined && claims['sub'] === claims['client_id'];
  return isClients ? 'ClientCredentials' : 'AccessToken';
}

/** Returns the record of a token whose claims were verified. */
export function recordOf(claims: Claims): AdapterPayload {
  const {
    iss: _,
    jti,
    sub,
    client_id: clientId,
    iat,
    exp,
    aud,
    scope,
    cnf,
    authorization_details: rar,
    [GRANT]: grantId,
    [SESSION]: sessionUid,
    ...rest
  } = claims;
  const kind = modelOf(claims);
  const confirmation = (cnf ?? {}) as Readonly<Record<string, unknown>>;
  const record = {
    kind,
    jti,
    clientId,
    iat,
    exp,
    aud,
    scope,
    rar,
    'x5t#S256': confirmation['x5t#S256'],
    jkt: confirmation['jkt'],
    // The provider tells the subject of a user's token by itself.
    ...(kind === 'AccessToken'
      ? { accountId: sub, grantId, extra: rest }
      : { extra: { ...rest, sub } }),
    ...(sessionUid !== undefined && { sessionUid, expiresWithSession: true }),
  };
  const present = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as AdapterPayload;
}
