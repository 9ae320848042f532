/** What is around the provider's own routes for people: headers of its pages, where forms come from. */

import { renderError } from './error-answer.ts';
import { allowRedirect, protectPage } from './page-answer.ts';
import { isPage, PEOPLE_PATHS } from './paths.ts';
import { isSameOrigin } from './same-origin.ts';
import type { OidcProvider } from '../provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Adds the guard to the provider. */
export function guardPages(provider: OidcProvider, issuer: string): void {
  provider.use(async (ctx, next) => {
    if (!isPage(ctx.path)) return next();
    protectPage(ctx);
    if (ctx.method === 'POST' && !isSameOrigin(ctx.req.headers, issuer)) {
      ctx.status = 403;
      const error_description = 'the form was not sent from the page that it is on';
      const error = new Error(error_description);
      renderError(ctx, { error: 'invalid_request', error_description }, { error, issuer });
      return;
    }
    await next();
    const redirect = formRedirect(ctx as KoaContextWithOIDC);
    if (redirect !== undefined) allowRedirect(ctx, redirect);
  });
}

/** Where the page of `response_mode=form_post` leads: only to what is registered. */
function formRedirect(ctx: KoaContextWithOIDC): string | undefined {
  if (!ctx.path.startsWith(PEOPLE_PATHS.authorization)) return undefined;
  const { client, params } = ctx.oidc;
  const { redirect_uri: uri } = params ?? {};
  const isRegistered = typeof uri === 'string' && client?.redirectUriAllowed(uri) === true;
  return isRegistered ? uri : undefined;
}
