/** An access token of this service that is in force at this moment. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';

import type { OidcProvider } from '../provider.ts';
import type { HolderCheck, TokenHolder } from './token-holder.ts';
import type { AccessToken, ClientCredentials } from 'oidc-provider';

export type LiveToken = AccessToken | ClientCredentials;

/** Returns what finds a token by its value; undefined for one that is unknown, over or revoked. */
export function createLiveTokens(
  provider: OidcProvider,
  isKnown: HolderCheck,
): (value: string) => Promise<LiveToken | undefined> {
  /** A login that has ended ends its tokens, as at introspection. */
  async function isOfLiveGrant({ grantId, clientId, accountId }: AccessToken): Promise<boolean> {
    const grant = await provider.Grant.find(grantId, { ignoreExpiration: true });
    if (grant === undefined || grant.isExpired) return false;
    return grant.clientId === clientId && grant.accountId === accountId;
  }

  return async (value) => {
    const [ofUser, ofClient] = await Promise.all([
      provider.AccessToken.find(value),
      provider.ClientCredentials.find(value),
    ]);
    const token = ofUser ?? ofClient;
    if (token?.isValid !== true || !(await isKnown(holderOf(token)))) return undefined;
    if (token.kind === 'AccessToken' && !(await isOfLiveGrant(token))) return undefined;
    return token;
  };
}

export function holderOf(token: LiveToken): TokenHolder {
  const { clientId = '' } = token;
  return { clientId, user: token.kind === 'AccessToken' ? token.accountId : undefined };
}

/** Whether the token is bound to this very certificate (RFC 8705 section 3.1). */
export function isBoundTo(token: LiveToken, { raw }: Pick<X509Certificate, 'raw'>): boolean {
  const bound = Buffer.from(token['x5t#S256'] ?? '');
  const presented = Buffer.from(createHash('sha256').update(raw).digest('base64url'));
  return bound.length === presented.length && timingSafeEqual(bound, presented);
}
