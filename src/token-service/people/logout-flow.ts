/** The logout that a client asks for (OpenID Connect RP-Initiated Logout). */

import { loggedOutPage, logoutPage } from './logout-page.ts';
import { answerPage } from './page-answer.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Returns the provider's configuration of the flow. */
export function logoutFlow(issuer: string) {
  return {
    enabled: true,

    async logoutSource(ctx: KoaContextWithOIDC): Promise<void> {
      const { params, session } = ctx.oidc;
      const { secret = '' } = (session?.state ?? {}) as { readonly secret?: string };
      const text = logoutPage({
        issuer,
        client: clientName(ctx),
        user: session?.accountId ?? '',
        action: ctx.oidc.urlFor('end_session_confirm'),
        xsrf: secret,
      });
      const { post_logout_redirect_uri: redirect } = params ?? {};
      answerPage(ctx, text, [typeof redirect === 'string' ? redirect : undefined]);
    },

    async postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void> {
      answerPage(ctx, loggedOutPage(issuer, clientName(ctx)));
    },
  };
}

function clientName(ctx: KoaContextWithOIDC): string | undefined {
  const { client } = ctx.oidc;
  return client && (client.clientName ?? client.clientId);
}
