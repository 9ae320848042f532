/** Routes as the lists of endpoints are made of. */

import type { Route } from '../gateway/route.ts';
import type { Endpoint } from '../oauth/call.ts';

/** A route and its path. */
export type NamedRoute = readonly [path: string, route: Route];

/** One whose refusals are answers of OAuth. */
export function oauthRoute(name: Route['name'], path: string, endpoint: Endpoint): NamedRoute {
  return [path, { name, endpoint, isOauth: true }];
}

/** One that browsers and libraries call without authentication. */
export function plainRoute(name: Route['name'], path: string, endpoint: Endpoint): NamedRoute {
  return [path, { name, endpoint, isOauth: false }];
}
