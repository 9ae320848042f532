/** Who says what an access token is: the server when it is asked, or the issuer by its signature. */

import type { Material } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import type { TokenSource } from '../oauth/access-token.ts';
import { createIntrospectionSource } from '../oauth/introspected-token.ts';
import type { IntrospectionSourceOptions } from '../oauth/introspected-token.ts';
import type { IntrospectionCache } from '../oauth/introspection-cache.ts';
import { createSignedTokenSource } from '../oauth/signed-token.ts';
import type { TokenServer } from '../oauth/token-server.ts';
import { openIntrospectionCache } from './introspection-cache.ts';
import { openKeySource } from './outbound.ts';
import type { OutboundDeps } from './outbound.ts';

/** By the `source` of a protected path; undefined where it is not configured. */
export interface TokenSources {
  readonly introspection: TokenSource | undefined;
  readonly jwt: TokenSource | undefined;
  /** What `introspection` keeps; a revocation has to drop it. */
  readonly introspectionCache: IntrospectionCache | undefined;
}

export interface TokenSourcesDeps extends OutboundDeps {
  readonly server: TokenServer;
}

export function openTokenSources(
  config: Config,
  { protection }: Pick<Material, 'protection'>,
  deps: TokenSourcesDeps,
): TokenSources {
  const { access_tokens: tokens, token_service: service } = config;
  const { introspection } = tokens;
  const cache =
    introspection &&
    openIntrospectionCache(introspection, { place: 'paths', introspection, service }, deps.parts);
  return {
    introspection: introspectionSource(config, protection, { server: deps.server, cache }),
    introspectionCache: cache,
    jwt: signedTokenSource(config, protection, deps),
  };
}

function introspectionSource(
  { token_service: service, access_tokens: tokens }: Config,
  { introspectionSecret: secret }: Material['protection'],
  { server, cache }: Pick<IntrospectionSourceOptions, 'server' | 'cache'>,
): TokenSource | undefined {
  if (!('upstream' in service) || tokens.introspection === undefined || secret === undefined) {
    return undefined;
  }
  const { client_id: clientId } = tokens.introspection;
  const path = service.upstream.endpoints.introspection;
  return createIntrospectionSource({ server, path, clientId, secret, cache });
}

/** The operator names the address, so that it may be a private one, as that of the server itself. */
function signedTokenSource(
  { access_tokens: { jwt }, jwks }: Config,
  { issuerCaPems }: Material['protection'],
  deps: OutboundDeps,
): TokenSource | undefined {
  if (jwt === undefined) return undefined;
  const keys = openKeySource(
    {
      uri: jwt.jwks_uri,
      allowPrivate: true,
      jwks,
      caPems: issuerCaPems,
      purpose: 'keys of the issuer',
      failure: 'the keys of the issuer could not be fetched',
    },
    deps,
  );
  return createSignedTokenSource(
    {
      issuer: jwt.issuer,
      audience: jwt.audience,
      types: jwt.types,
      algorithms: jwt.algorithms,
      clockSkewMs: jwt.clock_skew,
    },
    { keys, now: Date.now },
  );
}
