/** The endpoints of a server behind the gateway, each with its path. */

import type { UpstreamConfig } from '../config/schema.ts';
import type { Route } from '../gateway/route.ts';
import { createAuthorizationEndpoint } from '../oauth/authorization.ts';
import type { Endpoint } from '../oauth/call.ts';
import { createClientEndpoint } from '../oauth/client-endpoint.ts';
import type { ClientEndpointDeps } from '../oauth/client-endpoint.ts';
import type { AuthenticationPolicy } from '../oauth/client-authentication.ts';
import { createIntrospectionEndpoint } from '../oauth/introspection.ts';
import { createMetadataEndpoint } from '../oauth/metadata.ts';
import { createPassEndpoint } from '../oauth/pass.ts';
import { createRevocationEndpoint } from '../oauth/revocation.ts';
import { createTokenEndpoint } from '../oauth/token.ts';
import { openIntrospectionCache } from './introspection-cache.ts';
import { oauthRoute, plainRoute } from './named-route.ts';
import type { NamedRoute } from './named-route.ts';
import type { RoutingDeps } from './routes.ts';

/**
 * A server of kind `native` knows its clients itself; one of kind `gateway` must not issue a token
 * to a client that the gateway does not know, while callers that introspect and revoke with
 * credentials of their own remain its affair.
 */
export function upstreamEndpoints(
  config: UpstreamConfig,
  deps: RoutingDeps,
): readonly NamedRoute[] {
  const { server, authentication } = deps;
  const { endpoints } = config;
  const binds = config.kind === 'gateway';
  const knownThere = { ...authentication, defersUnknown: true };
  const policy = { ...authentication, defersUnknown: !binds };
  const bindings = binds ? deps.bindings : undefined;
  const binding = bindings && {
    bindings,
    now: Date.now,
    accessTokenLifetimeMs: config.access_token_lifetime,
    refreshTokenLifetimeMs: config.refresh_token_lifetime,
  };
  const pass = createPassEndpoint(server);
  const cache = openIntrospectionCache(
    config.introspection,
    { place: 'callers', config },
    deps.parts,
  );
  const caches = [cache, deps.tokenSources.introspectionCache].filter((each) => each !== undefined);
  const beginning = (handle: ClientEndpointDeps['handle']): Endpoint =>
    createClientEndpoint({ policy, server, binding, handle });
  return [
    oauthRoute('token', endpoints.token, createTokenEndpoint({ policy, server, binding })),
    oauthRoute(
      'introspection',
      endpoints.introspection,
      createIntrospectionEndpoint({
        ...introspectionRules(config, authentication),
        server,
        registry: authentication.registry,
        bindings,
        signedAnswers: deps.signedAnswers,
        cache,
      }),
    ),
    oauthRoute(
      'revocation',
      endpoints.revocation,
      createRevocationEndpoint({ policy: knownThere, server, bindings, caches }),
    ),
    ...optional('pushed_authorization', endpoints.pushed_authorization, beginning('request_uri')),
    ...optional('device_authorization', endpoints.device_authorization, beginning('device_code')),
    ...optional(
      'backchannel_authentication',
      endpoints.backchannel_authentication,
      beginning('auth_req_id'),
    ),
    plainRoute(
      'authorization',
      endpoints.authorization,
      createAuthorizationEndpoint({ bindings, pass }),
    ),
    ...endpoints.metadata.map((path) =>
      plainRoute('metadata', path, metadataOf(config, server, pass)),
    ),
  ];
}

function introspectionRules(
  { introspection }: UpstreamConfig,
  authentication: RoutingDeps['authentication'],
) {
  const { authentication: by, callers } = introspection;
  const policy: AuthenticationPolicy = {
    ...authentication,
    // A registry without clients leaves every caller to the server.
    ...(by === 'upstream' && { registry: { find: () => undefined } }),
    defersUnknown: by !== 'certificate',
  };
  return {
    policy,
    callers: {
      byCertificateAlone: by === 'certificate',
      ofAllTokens: callers && new Set(callers),
    },
    confirmation: {
      legacyX5tSha256: introspection.legacy_x5t_sha256,
      removeHiddenScopes: introspection.remove_hidden_scopes,
    },
  };
}

/** A document in which nothing is changed stays the server's own, its validators included. */
function metadataOf(
  { kind, url, metadata, introspection }: UpstreamConfig,
  server: RoutingDeps['server'],
  pass: Endpoint,
): Endpoint {
  const facts = {
    methods: kind === 'gateway' ? { introspection: introspection.authentication } : undefined,
    aliasesOrigin: metadata.mtls_aliases_origin,
    endpointsOrigin: metadata.endpoints_origin,
  };
  if (Object.values(facts).every((fact) => fact === undefined)) return pass;
  const serverOrigin = new URL(url).origin;
  return createMetadataEndpoint({ server, facts: { ...facts, serverOrigin }, pass });
}

/** Absent where the configuration has no path for it. */
function optional(
  name: Route['name'],
  path: string | undefined,
  endpoint: Endpoint,
): readonly NamedRoute[] {
  return path === undefined ? [] : [oauthRoute(name, path, endpoint)];
}
