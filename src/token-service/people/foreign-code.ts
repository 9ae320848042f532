/** A code in the hands of another client was stolen: it is good for nobody from then on. */

import type { OidcProvider } from '../provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Makes the provider forget a code that a client redeems which it was not issued to. */
export function burnForeignCodes(provider: OidcProvider, tokenPath: string): void {
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== tokenPath || ctx.status !== 400) return;
    const { client, params } = (ctx as KoaContextWithOIDC).oidc;
    const { grant_type: grantType, code: value } = params ?? {};
    if (grantType !== 'authorization_code' || typeof value !== 'string') return;
    const code = await provider.AuthorizationCode.find(value, { ignoreExpiration: true });
    if (code !== undefined && code.clientId !== client?.clientId) await code.destroy();
  });
}
