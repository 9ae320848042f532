/** Which endpoint stands at which path, for the embedded service and for a foreign server. */

import type { Bindings } from '../bindings/bindings.ts';
import type { Material } from '../config/check.ts';
import type { Config, UpstreamConfig } from '../config/schema.ts';
import { createPathPolicies } from '../gateway/path-policy.ts';
import type { PathPolicies } from '../gateway/path-policy.ts';
import { createRouteTable } from '../gateway/route.ts';
import type { RouteTable } from '../gateway/route.ts';
import type { AuthenticationPolicy } from '../oauth/client-authentication.ts';
import type { ClientRegistration } from '../oauth/registration.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import type { SignedAnswers } from '../oauth/signed-answer.ts';
import type { TokenServer } from '../oauth/token-server.ts';
import { createGuards, userinfoRoute } from './guards.ts';
import type { Parts } from './shared-parts.ts';
import type { TokenSources } from './token-sources.ts';
import { embeddedRoutes } from './embedded-routes.ts';
import { upstreamEndpoints } from './upstream-endpoints.ts';

export interface RoutingDeps {
  readonly server: TokenServer;
  /** Present where clients register themselves. */
  readonly registration: ClientRegistration | undefined;
  readonly bindings: Bindings;
  readonly authentication: Omit<AuthenticationPolicy, 'defersUnknown'>;
  /** Present where signed answers to introspection can be verified. */
  readonly signedAnswers: SignedAnswers | undefined;
  readonly tokenSources: TokenSources;
  readonly material: Pick<Material, 'protection' | 'initialAccessTokens'>;
  readonly parts: Parts;
}

export function createRoutes(config: Config, deps: RoutingDeps): RouteTable {
  const service = config.token_service;
  const policies = createPathPolicies(config.routes);
  return 'embedded' in service
    ? createRouteTable({
        policies,
        ...embeddedRoutes(service.embedded, deps),
        // Every other path is answered 404 here: the service publishes nothing by accident.
        rest: undefined,
      })
    : upstreamRoutes(service.upstream, { config, policies, deps });
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
