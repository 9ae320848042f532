/** Which endpoint a path belongs to, and what is demanded there. Decided once, on the exact path. */

import { RequestError } from '../errors.ts';
import type { Endpoint } from '../oauth/call.ts';
import type { RouteName } from '../telemetry/events.ts';
import type { GuardedPaths } from './guarded-paths.ts';
import type { PathPolicies, PathPolicy } from './path-policy.ts';
import { pathReadings } from './path-readings.ts';

export interface Route {
  readonly name: RouteName;
  readonly endpoint: Endpoint;
  /** Answered in the words of RFC 6749 section 5.2 when it refuses. */
  readonly isOauth: boolean;
}

/** A route with what the configuration demands at the path that led to it. */
export interface FoundRoute extends Route {
  readonly policy: PathPolicy;
}

export interface RouteTable {
  /** Whether the path is an OAuth endpoint; false for paths that are not served. */
  isOauth(path: string): boolean;
  /**
   * The route of a path.
   *
   * @throws RequestError 400 for a path that is not an endpoint's own spelling, nor that of a
   * configured route, but that a server may take for it (`/oauth2//token`, `/oauth2/%74oken`,
   * `/oauth2/token;x`): it would pass without what is demanded there. 404 where nothing is served.
   */
  find(path: string): FoundRoute;
}

export interface RouteTableDeps {
  /** By exact path. */
  readonly routes: ReadonlyMap<string, Route>;
  /** For every other path; undefined where only the routes are served. */
  readonly rest: Route | undefined;
  readonly policies: PathPolicies;
  /**
   * For paths that are served only to those who prove something, and for those that end in an id of
   * the server; none where undefined.
   */
  readonly guarded?: GuardedPaths | undefined;
}

export function createRouteTable({ routes, rest, policies, guarded }: RouteTableDeps): RouteTable {
  const found = new Map<string, FoundRoute>();
  for (const [path, route] of routes) {
    // Endpoints speak HTTP only, whatever a prefix above them allows.
    const policy = { ...policies.ofEndpoint(path), upgrade: false };
    found.set(path, { ...route, policy });
  }
  const own = new Set([...routes.keys()].flatMap(pathReadings));
  return {
    isOauth: (path) => routes.get(path)?.isOauth ?? false,
    find: (path) => {
      const route = found.get(path);
      if (route !== undefined) return route;
      const readings = pathReadings(path);
      const policy = policies.of(path, readings);
      const guard = guarded?.of(path, readings);
      if (
        policy === undefined ||
        guard === 'ambiguous' ||
        readings.some((reading) => own.has(reading))
      ) {
        throw new RequestError({
          status: 400,
          code: 'invalid_request',
          reason: 'request_target_invalid',
          publicText: 'the path can be read in more than one way',
        });
      }
      if (guard !== undefined) return { ...guard, policy };
      if (rest !== undefined) return { ...rest, policy };
      throw new RequestError({
        status: 404,
        code: 'not_found',
        reason: 'route_unknown',
        publicText: 'nothing is served at this path',
      });
    },
  };
}
