/** Which endpoint stands at which path, for the embedded service and for a foreign server. */

import type { Bindings } from '../bindings/bindings.ts';
import type { Material } from '../config/check.ts';
import type { Config, UpstreamConfig } from '../config/schema.ts';
import { createPathPolicies } from '../gateway/path-policy.ts';
import type { PathPolicies } from '../gateway/path-policy.ts';
import { createRouteTable } from '../gateway/route.ts';
import type { Route, RouteTable } from '../gateway/route.ts';
import type { AuthenticationPolicy } from '../oauth/client-authentication.ts';
import { createIntrospectionEndpoint } from '../oauth/introspection.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import { createRevocationEndpoint } from '../oauth/revocation.ts';
import type { SignedAnswers } from '../oauth/signed-answer.ts';
import type { TokenServer } from '../oauth/token-server.ts';
import { createTokenEndpoint } from '../oauth/token.ts';
import { createGuards, userinfoRoute } from './guards.ts';
import type { TokenSources } from './token-sources.ts';
import { upstreamEndpoints } from './upstream-endpoints.ts';

export interface RoutingDeps {
  readonly server: TokenServer;
  readonly bindings: Bindings;
  readonly authentication: Omit<AuthenticationPolicy, 'defersUnknown'>;
  /** Present where signed answers to introspection can be verified. */
  readonly signedAnswers: SignedAnswers | undefined;
  readonly tokenSources: TokenSources;
  readonly material: Pick<Material, 'protection'>;
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
    : upstreamRoutes(service.upstream, { config, policies, deps });
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
        createIntrospectionEndpoint({
          policy,
          server,
          registry: authentication.registry,
          bindings: undefined,
          // The service knows by itself who may ask about what, and confirms what it bound.
          callers: { byCertificateAlone: false, ofAllTokens: undefined },
          confirmation: { legacyX5tSha256: false, removeHiddenScopes: false },
          signedAnswers: undefined,
          cache: undefined,
        }),
      ),
      oauth(
        'revocation',
        EMBEDDED_PATHS.revocation,
        createRevocationEndpoint({ policy, server, bindings: undefined, cache: undefined }),
      ),
      ...EMBEDDED_PASSED.map(([path, name]): [string, Route] => [
        path,
        { name, endpoint: passed, isOauth: false },
      ]),
    ]),
    rest: undefined,
  });
}

function upstreamRoutes(
  upstream: UpstreamConfig,
  {
    config,
    policies,
    deps,
  }: { readonly config: Config; readonly policies: PathPolicies; readonly deps: RoutingDeps },
): RouteTable {
  const { server, authentication } = deps;
  const guards = {
    ...authentication,
    server,
    bindings: upstream.kind === 'gateway' ? deps.bindings : undefined,
    sources: deps.tokenSources,
    now: Date.now,
  };
  return createRouteTable({
    policies,
    routes: new Map([
      ...upstreamEndpoints(upstream, deps),
      ...userinfoRoute(upstream, config, guards),
    ]),
    guarded: createGuards(config, deps.material, guards),
    rest: { name: 'forward', endpoint: createPassEndpoint(server), isOauth: false },
  });
}

function oauth(name: Route['name'], path: string, endpoint: Route['endpoint']): [string, Route] {
  return [path, { name, endpoint, isOauth: true }];
}
