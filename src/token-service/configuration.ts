/** The provider's configuration: every default that must be changed is set here, each on purpose. */

import { extraMetadata } from './discovery.ts';
import { AUTHORIZATION_PATH, PATHS } from './routes.ts';
import type { ServiceClient } from './clients/client-metadata.ts';
import type { GatewayDecisions } from './gateway-decision.ts';
import type { ServiceKeys } from './storage/keys.ts';
import type { Passwords } from './tokens/password-grant.ts';
import type { AdapterFactory, Configuration, LoadedProvider } from './provider.ts';

export interface ConfigurationFacts {
  readonly issuer: string;
  readonly clients: readonly ServiceClient[];
  /** client_ids that may introspect every client's tokens. */
  readonly introspectionCallers: readonly string[];
  readonly accessTokenLifetimeMs: number;
  /** Present where the password grant is on. */
  readonly passwords?: Passwords | undefined;
}

export interface ConfigurationParts {
  readonly adapter: AdapterFactory;
  readonly keys: ServiceKeys;
  readonly decisions: GatewayDecisions;
  readonly refusal: LoadedProvider['refusal'];
}

const METHODS = [
  'self_signed_tls_client_auth',
  'tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
] as const;

const OFF = { enabled: false } as const;

/**
 * Seconds from a password to the last token without another one: a refresh token that takes the
 * place of one that was redeemed lives as long, but its grant does not.
 */
const GRANT_SECONDS = 1_209_600;

/** Lifetimes in seconds of models that no grant of today makes; unset, each prints a notice. */
const UNUSED_LIFETIMES = {
  AuthorizationCode: 60,
  BackchannelAuthenticationRequest: 600,
  DeviceCode: 600,
  IdToken: 3_600,
  Interaction: 3_600,
  PreAuthorizedCode: 600,
  Session: 1_209_600,
} as const;

/** Returns the configuration. Clients are found through the adapter. */
export function providerConfiguration(
  facts: ConfigurationFacts,
  { adapter, keys, decisions, refusal }: ConfigurationParts,
): Configuration {
  const callers = new Set(facts.introspectionCallers);
  const hasUser = (name: string): boolean => facts.passwords?.hasUser(name) === true;
  const lifetimeSeconds = Math.max(1, Math.floor(facts.accessTokenLifetimeMs / 1_000));

  return {
    adapter,
    jwks: { keys: [...keys.signing] },
    cookies: { keys: [...keys.cookies] },
    routes: { ...PATHS, authorization: AUTHORIZATION_PATH },
    discovery: extraMetadata(facts.issuer, METHODS),
    clientAuthMethods: [...METHODS],
    clientDefaults: {
      grant_types: [],
      response_types: [],
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      id_token_signed_response_alg: 'ES256',
    },
    responseTypes: [],
    scopes: [],
    claims: {},
    ttl: {
      ...UNUSED_LIFETIMES,
      Grant: GRANT_SECONDS,
      RefreshToken: GRANT_SECONDS,
      AccessToken: lifetimeSeconds,
      ClientCredentials: lifetimeSeconds,
    },
    features: {
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: (ctx) => decisions.certificate(ctx.req, ctx.oidc.client?.clientId),
        certificateAuthorized: (ctx) => decisions.isFor(ctx.req, ctx.oidc.client?.clientId),
        certificateSubjectMatches: (ctx) => decisions.isFor(ctx.req, ctx.oidc.client?.clientId),
      },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        async allowedPolicy(ctx, client, token) {
          // Tokens of a client or a user that is no longer configured are active for nobody.
          const owner = await ctx.oidc.provider.Client.find(token.clientId ?? '');
          if (owner === undefined) return false;
          if (token.kind !== 'ClientCredentials' && !hasUser(token.accountId)) return false;
          // A resource server would take a refresh token that it is told is active for an access token.
          if (token.kind !== 'RefreshToken' && callers.has(client.clientId)) return true;
          return client.clientAuthMethod !== 'none' && owner.clientId === client.clientId;
        },
      },
      revocation: {
        enabled: true,
        async allowedPolicy(_ctx, client, token) {
          if (token.clientId === client.clientId) return true;
          throw refusal('invalid_request', 'the token belongs to another client');
        },
      },
      devInteractions: OFF,
      dPoP: OFF,
      pushedAuthorizationRequests: OFF,
      resourceIndicators: OFF,
      rpInitiatedLogout: OFF,
      userinfo: OFF,
    },
    // Called for each token before it is stored. The provider drops scopes that it does not know
    // without a word; no client has scopes yet, so one that asks is told (RFC 6749 section 3.3).
    async extraTokenClaims(ctx) {
      if (ctx.oidc.body?.['scope'] === undefined) return undefined;
      throw refusal('invalid_scope', 'this client has no scopes');
    },
    // What makes the provider know the grant; the password grant asks the client itself.
    ...(facts.passwords !== undefined && {
      issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    }),
    rotateRefreshToken: true,
    clientBasedCORS: () => false,
    findAccount: async (_ctx, name) =>
      hasUser(name) ? { accountId: name, claims: () => ({ sub: name }) } : undefined,
    renderError: async (ctx, out) => {
      ctx.type = 'json';
      ctx.body = out;
    },
    // No feature of today fetches anything; one that came to do so unnoticed would fail.
    fetch: () => Promise.reject(new Error('the token service fetches nothing')),
  };
}
