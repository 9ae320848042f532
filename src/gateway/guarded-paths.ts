/**
 * Paths and prefixes with a route of their own, such as those whose requests have to prove something
 * before they pass: of several the longest counts.
 */

import { covers, longestFirst, readPathPattern } from './path-pattern.ts';
import type { PathPattern } from './path-pattern.ts';
import type { Route } from './route.ts';

export interface GuardedPath {
  /** A path, or a prefix that ends in `/*`. */
  readonly path: string;
  readonly route: Route;
}

export interface GuardedPaths {
  /**
   * The route of a path whose readings these are; undefined where nothing guards it, `ambiguous`
   * where one of the readings belongs to another guard, or to one at all.
   */
  of(path: string, readings: readonly string[]): Route | 'ambiguous' | undefined;
}

interface Guard extends PathPattern {
  readonly route: Route;
}

export function createGuardedPaths(paths: readonly GuardedPath[]): GuardedPaths {
  const guards = paths
    .map(({ path, route }) => ({ ...readPathPattern(path), route }))
    .toSorted(longestFirst);
  // Readings are in lower case: servers disagree about it.
  const folded = guards.map((guard) => ({ ...guard, base: guard.base.toLowerCase() }));
  const find = (from: readonly Guard[], path: string): Route | undefined =>
    from.find((guard) => covers(guard, path))?.route;
  return {
    of: (path, readings) => {
      const route = find(guards, path);
      return readings.every((reading) => find(folded, reading) === route) ? route : 'ambiguous';
    },
  };
}
