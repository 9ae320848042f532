/** The routes by which clients register at the embedded service, and manage what they registered. */

import type { GuardedPath } from '../gateway/guarded-paths.ts';
import { createManagementEndpoint, createRegistrationEndpoint } from '../oauth/registration.ts';
import { REGISTRATION_PATH } from '../token-service/registration/published.ts';
import { oauthRoute } from './named-route.ts';
import type { NamedRoute } from './named-route.ts';
import type { RoutingDeps } from './routes.ts';

export interface RegistrationRoutes {
  readonly routes: readonly NamedRoute[];
  /** With the id of a client behind the path. */
  readonly below: readonly GuardedPath[];
}

/** Answered by the gateway itself: the clients are its own to know. None where nobody can register. */
export function registrationRoutes({
  registration,
  material,
}: Pick<RoutingDeps, 'registration' | 'material'>): RegistrationRoutes {
  if (registration === undefined) return { routes: [], below: [] };
  const { initialAccessTokens } = material;
  const management = createManagementEndpoint(registration, `${REGISTRATION_PATH}/`);
  return {
    routes: [
      oauthRoute(
        'registration',
        REGISTRATION_PATH,
        createRegistrationEndpoint({ registration, initialAccessTokens }),
      ),
    ],
    below: [
      {
        path: `${REGISTRATION_PATH}/*`,
        route: { name: 'registration', endpoint: management, isOauth: true },
      },
    ],
  };
}
