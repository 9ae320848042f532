/** All routes of the embedded service. */

import type { EmbeddedConfig } from '../config/schema.ts';
import { createGuardedPaths } from '../gateway/guarded-paths.ts';
import type { RouteTableDeps } from '../gateway/route.ts';
import { embeddedEndpoints } from './embedded-endpoints.ts';
import { peopleRoutes } from './people-routes.ts';
import { registrationRoutes } from './registration-routes.ts';
import type { RoutingDeps } from './routes.ts';
import { umaRoutes } from './uma.ts';

/** Those for people only where there are users, those of UMA only where it is on. */
export function embeddedRoutes(
  { users_file: usersFile, uma }: EmbeddedConfig,
  deps: RoutingDeps,
): Pick<RouteTableDeps, 'routes' | 'guarded'> {
  const more = [
    registrationRoutes(deps),
    ...(usersFile === undefined ? [] : [peopleRoutes(deps)]),
    ...(uma === undefined ? [] : [umaRoutes(deps)]),
  ];
  return {
    routes: new Map([...embeddedEndpoints(deps), ...more.flatMap(({ routes }) => routes)]),
    guarded: createGuardedPaths(more.flatMap(({ below }) => below)),
  };
}
