/** Which endpoint stands at which path, for the embedded service and for a foreign server. */

import type { Bindings } from '../bindings/bindings.ts';
import type { Config, UpstreamConfig } from '../config/schema.ts';
import { createPathPolicies } from '../gateway/path-policy.ts';
import type { PathPolicies } from '../gateway/path-policy.ts';
import { createRouteTable } from '../gateway/route.ts';
import type { Route, RouteTable } from '../gateway/route.ts';
import type { AuthenticationPolicy } from '../oauth/client-authentication.ts';
import { createIntrospectionEndpoint } from '../oauth/introspection.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import { createRevocationEndpoint } from '../oauth/revocation.ts';
import type { TokenServer } from '../oauth/token-server.ts';
import { createTokenEndpoint } from '../oauth/token.ts';

export interface RoutingDeps {
  readonly server: TokenServer;
  readonly bindings: Bindings;
  readonly authentication: Omit<AuthenticationPolicy, 'defersUnknown'>;
}

/** The paths of the embedded service are fixed; clients find them in its discovery documents. */
const EMBEDDED_PATHS = {
  token: '/oauth2/token',
  introspection: '/oauth2/introspect',
  revocation: '/oauth2/revoke',
} as const;

const EMBEDDED_PASSED: readonly (readonly [path: string, name: Route['name']])[] = [
  ['/oauth2/jwks', 'jwks'],
  ['/.well-known/openid-configuration', 'metadata'],
  ['/.well-known/oauth-authorization-server', 'metadata'],
];

export function createRoutes(config: Config, deps: RoutingDeps): RouteTable {
  const service = config.token_service;
  const policies = createPathPolicies(config.routes);
  return 'embedded' in service
    ? embeddedRoutes(policies, deps)
    : upstreamRoutes(service.upstream, policies, deps);
}

/** Every other path of the embedded service is answered 404 here: it publishes nothing by accident. */
function embeddedRoutes(
  policies: PathPolicies,
  { server, authentication }: RoutingDeps,
): RouteTable {
  const policy = { ...authentication, defersUnknown: false };
  const passed = createPassEndpoint(server);
  return createRouteTable({
    policies,
    routes: new Map<string, Route>([
      oauth(
        'token',
        EMBEDDED_PATHS.token,
        createTokenEndpoint({ policy, server, binding: undefined }),
      ),
      oauth(
        'introspection',
        EMBEDDED_PATHS.introspection,
        createIntrospectionEndpoint({ policy, server, bindings: undefined }),
      ),
      oauth(
        'revocation',
        EMBEDDED_PATHS.revocation,
        createRevocationEndpoint({ policy, server, bindings: undefined }),
      ),
      ...EMBEDDED_PASSED.map(([path, name]): [string, Route] => [
        path,
        { name, endpoint: passed, isOauth: false },
      ]),
    ]),
    rest: undefined,
  });
}

/**
 * A server of kind `native` knows its clients itself; one of kind `gateway` must not issue a token
 * to a client that the gateway does not know, while callers that introspect and revoke with
 * credentials of their own remain its affair.
 */
function upstreamRoutes(
  config: UpstreamConfig,
  policies: PathPolicies,
  deps: RoutingDeps,
): RouteTable {
  const { server, bindings, authentication } = deps;
  const binds = config.kind === 'gateway';
  const knownHere = { ...authentication, defersUnknown: false };
  const knownThere = { ...authentication, defersUnknown: true };
  const binding = {
    bindings,
    now: Date.now,
    accessTokenLifetimeMs: config.access_token_lifetime,
    refreshTokenLifetimeMs: config.refresh_token_lifetime,
  };
  const { endpoints } = config;
  return createRouteTable({
    policies,
    routes: new Map<string, Route>([
      oauth(
        'token',
        endpoints.token,
        createTokenEndpoint({
          policy: binds ? knownHere : knownThere,
          server,
          binding: binds ? binding : undefined,
        }),
      ),
      oauth(
        'introspection',
        endpoints.introspection,
        createIntrospectionEndpoint({
          policy: knownThere,
          server,
          bindings: binds ? bindings : undefined,
        }),
      ),
      oauth(
        'revocation',
        endpoints.revocation,
        createRevocationEndpoint({
          policy: knownThere,
          server,
          bindings: binds ? bindings : undefined,
        }),
      ),
    ]),
    rest: { name: 'forward', endpoint: createPassEndpoint(server), isOauth: false },
  });
}

function oauth(name: Route['name'], path: string, endpoint: Route['endpoint']): [string, Route] {
  return [path, { name, endpoint, isOauth: true }];
}
