/** The provider's configuration: every default that must be changed is set here, each on purpose. */

import { extraMetadata } from './discovery.ts';
import {
  peopleConfiguration,
  peopleCookies,
  peopleFeatures,
  peopleLifetimes,
} from './people/people-configuration.ts';
import type { PeopleFacts } from './people/people-configuration.ts';
import type { PushedRequestFacts } from './people/pushed-requests.ts';
import { PEOPLE_PATHS } from './people/paths.ts';
import { pushedRequestFeature } from './people/pushed-requests.ts';
import { PATHS } from './routes.ts';
import {
  authenticationMethods,
  isStrongEnough,
  profileConfiguration,
  profileFeature,
  signingKeys,
} from './security-profile.ts';
import type { ProfileFacts } from './security-profile.ts';
import { createGuard } from './storage/adapter.ts';
import type { ServiceClient } from './clients/client-metadata.ts';
import type { GatewayDecisions } from './gateway-decision.ts';
import type { KeyPolicy, KeyRing, SigningAlgorithm } from './keys/key-ring.ts';
import { registrationMetadata } from './registration/published.ts';
import { refuseForeignScopes } from './tokens/requested-scope.ts';
import { requestedResource } from './tokens/token-format.ts';
import type { TokenFormats } from './tokens/token-format.ts';
import type { AdapterFactory, Configuration, LoadedProvider } from './provider.ts';
import { PROTECTION_SCOPE } from './uma/protection-token.ts';
import type { RequestingPartyTokens } from './uma/requesting-party-token.ts';

export interface ConfigurationFacts extends PeopleFacts, PushedRequestFacts, ProfileFacts {
  readonly clients: readonly ServiceClient[];
  /** client_ids that may introspect every client's tokens. */
  readonly introspectionCallers: readonly string[];
  readonly accessTokenLifetimeMs: number;
  readonly signingKeys: KeyPolicy;
  /** Whether clients may send the passwords of users; off where absent. */
  readonly passwordGrant?: boolean;
  /** Present where clients may register themselves. */
  readonly registration?: object | undefined;
}

export interface ConfigurationParts {
  readonly adapter: AdapterFactory;
  /** The generation that signs first. */
  readonly keys: KeyRing;
  /** Signs all but what a client has chosen another one for. */
  readonly algorithm: SigningAlgorithm;
  readonly formats: TokenFormats;
  readonly decisions: GatewayDecisions;
  readonly loaded: Pick<LoadedProvider, 'refusal' | 'unavailable' | 'interactionPolicy'>;
  /** Present where UMA is on. */
  readonly umaTokens: RequestingPartyTokens | undefined;
}

const METHODS = [
  'self_signed_tls_client_auth',
  'tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
] as const;

const OFF = { enabled: false } as const;

/**
 * Seconds from a consent, or a password, to the last token without another one: a refresh token that takes the
 * place of one that was redeemed lives as long, but its grant does not.
 */
const GRANT_SECONDS = 1_209_600;

/** Seconds in which a code is redeemed, a device let in, an ID token looked at. */
const CODE_SECONDS = 60;
const DEVICE_CODE_SECONDS = 600;
const ID_TOKEN_SECONDS = 3_600;

/** Lifetimes in seconds of models that no grant of today makes; unset, each prints a notice. */
const UNUSED_LIFETIMES = {
  BackchannelAuthenticationRequest: 600,
  PreAuthorizedCode: 600,
} as const;

/** Returns the configuration. Clients are found through the adapter. */
export function providerConfiguration(
  facts: ConfigurationFacts,
  { adapter, keys, algorithm, formats, decisions, loaded, umaTokens }: ConfigurationParts,
): Configuration {
  const { refusal } = loaded;
  const guarded = createGuard(loaded.unavailable);
  const people = peopleConfiguration(facts, { ...loaded, decisions });
  const callers = new Set(facts.introspectionCallers);
  const hasUser = (name: string): boolean => facts.passwords?.hasUser(name) === true;
  const lifetimeSeconds = Math.max(1, Math.floor(facts.accessTokenLifetimeMs / 1_000));

  return {
    adapter,
    jwks: {
      keys: signingKeys(
        facts,
        keys.flatMap(({ signing }) => signing),
      ),
    },
    ...people,
    scopes: [...(people.scopes ?? []), ...(umaTokens === undefined ? [] : [PROTECTION_SCOPE])],
    cookies: { ...peopleCookies(), keys: keys.map(({ cookie }) => cookie) },
    routes: { ...PATHS, ...PEOPLE_PATHS },
    discovery: {
      ...extraMetadata(facts, authenticationMethods(facts, METHODS)),
      ...(facts.registration !== undefined && registrationMetadata(facts.issuer)),
    },
    // A public client has no grant without people.
    clientAuthMethods: authenticationMethods(
      facts,
      facts.passwords === undefined ? METHODS : [...METHODS, 'none'],
    ),
    clientDefaults: {
      grant_types: [],
      response_types: [],
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      id_token_signed_response_alg: algorithm,
    },
    ttl: {
      ...UNUSED_LIFETIMES,
      AuthorizationCode: CODE_SECONDS,
      DeviceCode: DEVICE_CODE_SECONDS,
      IdToken: ID_TOKEN_SECONDS,
      ...peopleLifetimes(facts),
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
        // Where a token is used nobody is authenticated: who holds its certificate may use it.
        getCertificate: (ctx) =>
          ctx.oidc.route === 'userinfo'
            ? decisions.possessed(ctx.req)
            : decisions.certificate(ctx.req, ctx.oidc.client?.clientId),
        certificateAuthorized(ctx) {
          const certificate = decisions.certificate(ctx.req, ctx.oidc.client?.clientId);
          return certificate !== undefined && isStrongEnough(facts, certificate.publicKey);
        },
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
          const isProven = client.clientAuthMethod !== 'none';
          const isOwn = isProven && owner.clientId === client.clientId;
          // A resource server would take a refresh token that it is told is active for an access token.
          if (token.kind === 'RefreshToken') return isOwn;
          const seesAll = isOwn || callers.has(client.clientId);
          if (umaTokens === undefined || !isProven) return seesAll;
          const asking = { clientId: client.clientId, seesAll };
          return guarded(() => umaTokens.describeTo(asking, token));
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
      resourceIndicators: OFF,
      ...peopleFeatures(facts, decisions),
      pushedAuthorizationRequests: pushedRequestFeature(facts),
      fapi: profileFeature(facts),
    },
    // Called for each token before it is stored.
    async extraTokenClaims(ctx, token) {
      const permissions = umaTokens?.claimsOf(token);
      // Scopes that the UMA grant is asked for are those of resources.
      if (permissions !== undefined) return { ...permissions };
      refuseForeignScopes(ctx, refusal);
      return undefined;
    },
    formats: { customizers: { jwt: formats.complete } },
    rotateRefreshToken(ctx) {
      // Asked before the token is redeemed: a request that will be refused must not use it up.
      formats.audience(ctx.oidc.client?.clientId, requestedResource(ctx));
      return true;
    },
    extraParams: {
      async resource(_ctx, named, client) {
        formats.audience(client.clientId, named);
      },
    },
    ...profileConfiguration(facts),
    clientBasedCORS: () => false,
    // No feature of today fetches anything; one that came to do so unnoticed would fail.
    fetch: () => Promise.reject(new Error('the token service fetches nothing')),
  };
}
