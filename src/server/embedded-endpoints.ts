/** The endpoints of the embedded service. Its paths are fixed; clients find them in its discovery. */

import { createIntrospectionEndpoint } from '../oauth/introspection.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import { createRevocationEndpoint } from '../oauth/revocation.ts';
import { createTokenEndpoint } from '../oauth/token.ts';
import { oauthRoute, plainRoute } from './named-route.ts';
import type { NamedRoute } from './named-route.ts';
import type { RoutingDeps } from './routes.ts';

/** The service binds its tokens and knows by itself who may ask about which. */
export function embeddedEndpoints({ server, authentication }: RoutingDeps): readonly NamedRoute[] {
  const policy = { ...authentication, defersUnknown: false };
  const pass = createPassEndpoint(server);
  return [
    oauthRoute(
      'token',
      '/oauth2/token',
      createTokenEndpoint({ policy, server, binding: undefined }),
    ),
    oauthRoute(
      'introspection',
      '/oauth2/introspect',
      createIntrospectionEndpoint({
        policy,
        server,
        registry: authentication.registry,
        bindings: undefined,
        callers: { byCertificateAlone: false, ofAllTokens: undefined },
        confirmation: { legacyX5tSha256: false, removeHiddenScopes: false },
        signedAnswers: undefined,
        cache: undefined,
      }),
    ),
    oauthRoute(
      'revocation',
      '/oauth2/revoke',
      createRevocationEndpoint({ policy, server, bindings: undefined, caches: [] }),
    ),
    plainRoute('jwks', '/oauth2/jwks', pass),
    plainRoute('metadata', '/.well-known/openid-configuration', pass),
    plainRoute('metadata', '/.well-known/oauth-authorization-server', pass),
  ];
}
