/** Which endpoint a path belongs to. Decided once, on the exact path. */

import { RequestError } from '../errors.ts';
import type { Endpoint } from '../oauth/call.ts';
import type { RouteName } from '../telemetry/events.ts';

export interface Route {
  readonly name: RouteName;
  readonly endpoint: Endpoint;
  /** Answered in the words of RFC 6749 section 5.2 when it refuses. */
  readonly isOauth: boolean;
}

export interface RouteTable {
  /** Whether the path is an OAuth endpoint; false for paths that are not served. */
  isOauth(path: string): boolean;
  /**
   * The route of a path.
   *
   * @throws RequestError 400 for a path that is not an endpoint's own spelling but that a server
   * may take for one (`/oauth2//token`, `/oauth2/%74oken`, `/oauth2/token;x`): it would pass
   * without what the endpoint demands. 404 where nothing is served.
   */
  find(path: string): Route;
}

/**
 * @param routes by exact path.
 * @param rest for every other path; undefined where only the routes are served.
 */
export function createRouteTable(
  routes: ReadonlyMap<string, Route>,
  rest: Route | undefined,
): RouteTable {
  const canonical = new Set([...routes.keys()].map(canonicalPath));
  return {
    isOauth: (path) => routes.get(path)?.isOauth ?? false,
    find: (path) => {
      const route = routes.get(path);
      if (route !== undefined) return route;
      if (isAmbiguous(path) || canonical.has(canonicalPath(path))) {
        throw new RequestError({
          status: 400,
          code: 'invalid_request',
          reason: 'request_target_invalid',
          publicText: 'the path can be read in more than one way',
        });
      }
      if (rest !== undefined) return rest;
      throw new RequestError({
        status: 404,
        code: 'not_found',
        reason: 'route_unknown',
        publicText: 'nothing is served at this path',
      });
    },
  };
}

/** The path as the most lenient server would read it. */
function canonicalPath(path: string): string {
  const kept: string[] = [];
  const [plain = ''] = fullyDecoded(path).split(/[?#]/, 1);
  for (const raw of plain.replaceAll('\\', '/').toLowerCase().split('/')) {
    const cut = raw.replace(/;.*$/s, '');
    const segment = /^\.{1,2}$/.test(cut) ? cut : cut.replace(/[\s.]+$/, '');
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

/** What no endpoint needs and servers cut, drop or decode each in its own way. */
function isAmbiguous(path: string): boolean {
  try {
    decodeURIComponent(path);
  } catch {
    return true;
  }
  // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(fullyDecoded(path));
}

/** Percent-decoding until nothing changes, since a chain of servers may do it more than once. */
function fullyDecoded(path: string): string {
  let text = path;
  for (let round = 0; round < 4; round += 1) {
    const next = text.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === text) break;
    text = next;
  }
  return text;
}
