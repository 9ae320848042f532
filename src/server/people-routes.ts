/** The routes by which people and their browsers reach the embedded service, and tokens of people. */

import type { GuardedPath } from '../gateway/guarded-paths.ts';
import { createAuthorizationEndpoint } from '../oauth/authorization.ts';
import { createClientEndpoint } from '../oauth/client-endpoint.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import { oauthRoute, plainRoute } from './named-route.ts';
import type { NamedRoute } from './named-route.ts';
import type { RoutingDeps } from './routes.ts';

export interface PeopleRoutes {
  readonly routes: readonly NamedRoute[];
  /** With an id behind the path. */
  readonly below: readonly GuardedPath[];
}

/** None of them binds anything to the certificate that a browser may have. */
export function peopleRoutes({ server, authentication }: RoutingDeps): PeopleRoutes {
  const policy = { ...authentication, defersUnknown: false };
  const pass = createPassEndpoint(server);
  const interaction = { name: 'interaction', endpoint: pass, isOauth: false } as const;
  return {
    routes: [
      plainRoute(
        'authorization',
        '/oauth2/authorize',
        createAuthorizationEndpoint({ bindings: undefined, pass }),
      ),
      oauthRoute(
        'pushed_authorization',
        '/oauth2/par',
        createClientEndpoint({ policy, server, binding: undefined, handle: 'request_uri' }),
      ),
      plainRoute('userinfo', '/oauth2/userinfo', pass),
      plainRoute('logout', '/oauth2/logout', pass),
      plainRoute('logout', '/oauth2/logout/confirm', pass),
      plainRoute('logout', '/oauth2/logout/success', pass),
      oauthRoute(
        'device_authorization',
        '/oauth2/device_authorization',
        createClientEndpoint({ policy, server, binding: undefined, handle: 'device_code' }),
      ),
      plainRoute('device', '/oauth2/device', pass),
    ],
    below: [
      { path: '/oauth2/authorize/*', route: { ...interaction, name: 'authorization' } },
      { path: '/oauth2/device/*', route: { ...interaction, name: 'device' } },
      { path: '/interaction/*', route: interaction },
    ],
  };
}
