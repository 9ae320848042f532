/** The routes of the configuration: which of them counts for a path. */

import type { RouteConfig } from '../config/schema.ts';
import { covers, isUnder, longestFirst, readPathPattern } from './path-pattern.ts';
import type { PathPattern } from './path-pattern.ts';
import { pathReadings } from './path-readings.ts';

/** What a route demands of the certificate of a request; docs/routes.md has the meanings. */
export type CertificatePolicy = NonNullable<RouteConfig['client_certificate']>;

export interface PathPolicy {
  readonly clientCertificate: CertificatePolicy;
  /** Whether a connection may go on in another protocol. */
  readonly upgrade: boolean;
  /** Octets; undefined where the limit of the listener counts. */
  readonly maxBodyBytes: number | undefined;
}

export interface PathPolicies {
  /**
   * The policy of a path whose readings these are; undefined where one of them belongs to another
   * route, or where there is none.
   */
  of(path: string, readings: readonly string[]): PathPolicy | undefined;
  /** The policy of a path of our own, in whatever spelling. */
  ofEndpoint(path: string): PathPolicy;
}

const DEFAULT: PathPolicy = {
  clientCertificate: 'want',
  upgrade: false,
  maxBodyBytes: undefined,
};

interface Rule extends PathPattern {
  readonly policy: PathPolicy;
}

export function createPathPolicies(routes: readonly RouteConfig[]): PathPolicies {
  const rules = rulesOf(routes);
  const folded = rules.map((rule) => ({ ...rule, base: rule.base.toLowerCase() }));
  const find = (from: readonly Rule[], path: string): PathPolicy =>
    from.find((rule) => covers(rule, path))?.policy ?? DEFAULT;
  return {
    of: (path, readings) => {
      if (readings.length === 0) return undefined;
      // Each route has a policy object of its own: two that are equal do not count as one.
      const policy = find(rules, path);
      return readings.every((reading) => find(folded, reading) === policy) ? policy : undefined;
    },
    ofEndpoint: (path) => find(folded, pathReadings(path)[0] ?? path),
  };
}

/** The longest first, each completed from those above it. */
function rulesOf(routes: readonly RouteConfig[]): readonly Rule[] {
  const written = routes
    .map((route) => ({ route, ...readPathPattern(route.path) }))
    .toSorted(longestFirst);
  return written.map(({ base, isPrefix }, index) => {
    const above = written
      .slice(index)
      // Without regard to case: what a route leaves out is rather taken from one too many.
      .filter(
        (other, at) =>
          at === 0 || (other.isPrefix && isUnder(other.base.toLowerCase(), base.toLowerCase())),
      )
      .map(({ route }) => route);
    const policy = {
      clientCertificate:
        above.find((route) => route.client_certificate !== undefined)?.client_certificate ??
        DEFAULT.clientCertificate,
      upgrade: above.find((route) => route.upgrade !== undefined)?.upgrade ?? DEFAULT.upgrade,
      maxBodyBytes: above.find((route) => route.max_body_bytes !== undefined)?.max_body_bytes,
    };
    return { base, isPrefix, policy };
  });
}
