/** All routes of the embedded service. */

import type { EmbeddedConfig } from '../config/schema.ts';
import { createGuardedPaths } from '../gateway/guarded-paths.ts';
import type { RouteTableDeps } from '../gateway/route.ts';
import { embeddedEndpoints } from './embedded-endpoints.ts';
import { peopleRoutes } from './people-routes.ts';
import { registrationRoutes } from './registration-routes.ts';
import type { RoutingDeps } from './routes.ts';

/** Those for people only where there are users. */
export function embeddedRoutes(
  { users_file: usersFile }: EmbeddedConfig,
  deps: RoutingDeps,
): Pick<RouteTableDeps, 'routes' | 'guarded'> {
  const registration = registrationRoutes(deps);
  const people = usersFile === undefined ? undefined : peopleRoutes(deps);
  return {
    routes: new Map([
      ...embeddedEndpoints(deps),
      ...registration.routes,
      ...(people?.routes ?? []),
    ]),
    guarded: createGuardedPaths([...registration.below, ...(people?.below ?? [])]),
  };
}
