/** The embedded token service: oidc-provider on a private socket, an upstream like any other. */

import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';

import { StartError } from '../errors.ts';
import { createAdapterFactory, createGuard } from './storage/adapter.ts';
import { checkClients } from './clients/check-clients.ts';
import { createClientMetadata } from './clients/client-metadata.ts';
import { providerConfiguration } from './configuration.ts';
import { publishedMetadata } from './discovery.ts';
import { createGatewayDecisions } from './gateway-decision.ts';
import { createRedemptions } from './storage/redemption.ts';
import { createKeyKeeper } from './keys/key-keeper.ts';
import { signingAlgorithm } from './keys/key-ring.ts';
import { withJwtRecords } from './tokens/jwt-records.ts';
import { verifyAccessToken } from './tokens/jwt-verification.ts';
import { tellUser } from './tokens/introspected-user.ts';
import { addPasswordGrant } from './tokens/password-grant.ts';
import { createRevokedTokens } from './tokens/revoked-tokens.ts';
import { createTokenFormats, signTokens } from './tokens/token-format.ts';
import { listenPrivately } from './private-socket.ts';
import { logProviderEvents } from './provider-events.ts';
import { loadProvider } from './provider.ts';
import { refuseUnknown } from './known-paths.ts';
import { PEOPLE_PATHS } from './people/paths.ts';
import { openRegistration } from './registration/service-registration.ts';
import type { ServiceRegistration } from './registration/service-registration.ts';
import type { ClientRegistration } from './registration/client-registration.ts';
import { servePeople } from './people/people.ts';
import { withBoundedStrangers } from './strangers.ts';
import { PATHS } from './routes.ts';
import { forbidPlainHttp } from './security-profile.ts';
import type { ConfigurationFacts } from './configuration.ts';
import type { Log } from './log.ts';
import type { KeyKeeper } from './keys/key-keeper.ts';
import type { KeyPolicy, KeyRing } from './keys/key-ring.ts';
import type { LoadedProvider, OidcProvider } from './provider.ts';
import type { Store } from '../store/store.ts';
import { createHolderCheck } from './uma/token-holder.ts';
import { createUma } from './uma/uma.ts';
import type { UmaOptions } from './uma/uma.ts';

export interface TokenServiceOptions extends ConfigurationFacts {
  /** Where tokens and keys live; not closed by the service. */
  readonly store: Store;
  readonly log: Log;
  /** The clock of the keys, milliseconds since the epoch; that of the system where absent. */
  readonly now?: () => number;
  /** Present where clients register themselves. */
  readonly registration?: ServiceRegistration | undefined;
  /** Present where UMA is on. */
  readonly uma?: UmaOptions | undefined;
}

export interface TokenService {
  readonly socketPath: string;
  /** Present where clients register themselves. */
  readonly registration: ClientRegistration | undefined;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Header block taken from the gateway, in bytes: the largest a listener can be configured to take,
 * and the certificate fields that the gateway adds to it.
 */
const MAX_HEADER_BYTES = 2_097_152;

/** Longer than the gateway's pool keeps a connection idle, so that the pool closes first. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Starts the service; when it resolves, requests are answered.
 *
 * @throws StartError when a client can't be registered, the issuer is not an https origin, the
 * stored keys do not parse or no socket can be opened; StoreError when the store fails.
 */
export async function createTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { issuer, store, log, now = Date.now } = options;
  const host = issuerHost(issuer);
  const hasUsers = options.passwords !== undefined;
  const hasUma = options.uma !== undefined;
  const { registration } = options;
  const keys = await createKeyKeeper(options.signingKeys, { store, log, now });
  const loaded = await loadProvider(log);
  try {
    const build = prepareProvider(options, { loaded, keys });
    const provider = await build(keys.current());
    let handle = provider.callback();
    // Requests under way end with the provider that they began with; all state is in the store.
    keys.onChange(async (ring) => {
      handle = (await build(ring)).callback();
    });
    const server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => {
        if (refuseUnknown(request, response, { hasUsers, hasUma })) return;
        pinToIssuer(request, host);
        if (options.profile !== undefined) forbidPlainHttp(response);
        void handle(request, response);
      },
    );
    const socket = await listenPrivately(server);
    return {
      socketPath: socket.path,
      registration: registration && openRegistration(registration, issuer, provider),
      async close() {
        keys.close();
        await socket.close();
        loaded.release();
      },
    };
  } catch (error) {
    keys.close();
    loaded.release();
    throw error;
  }
}

interface ProviderDeps {
  readonly loaded: LoadedProvider;
  readonly keys: KeyKeeper;
}

/**
 * Returns what makes a provider with these keys. The provider takes its keys when it is made, so
 * there is one for each change of them.
 */
function prepareProvider(
  options: TokenServiceOptions,
  { loaded, keys }: ProviderDeps,
): (ring: KeyRing) => Promise<OidcProvider> {
  const { issuer, clients, passwords, signingKeys, strangers, store, log } = options;
  const findMetadata = createClientMetadata(clients, options.registration?.find);
  const decisions = createGatewayDecisions((clientId = '') => {
    log('warn', 'a certificate came without the decision for its client', { client_id: clientId });
  });
  const redemptions = createRedemptions({
    store,
    currentRequest: loaded.currentRequest,
    alreadyConsumed: () => loaded.refusal('invalid_grant', 'it was redeemed already'),
  });
  const records = createAdapterFactory({
    store,
    findClient(clientId) {
      const request = loaded.currentRequest();
      return findMetadata(clientId, request !== undefined && decisions.hasCertificate(request));
    },
    unavailable: loaded.unavailable,
    redemptions,
  });
  const userinfo = issuer + PEOPLE_PATHS.userinfo;
  const adapter = withJwtRecords({
    adapter: withBoundedStrangers({ adapter: records, limits: strangers, loaded }),
    verify: (token) => verifyAccessToken(token, { issuer, keys, now: Date.now }),
    revoked: createRevokedTokens(store),
    userinfo,
    loaded,
  });
  const guarded = createGuard(loaded.unavailable);
  const formats = createTokenFormats({ clients, userinfo }, loaded.refusal);
  const uma =
    options.uma && createUma(options.uma, { clients, store, isKnown: createHolderCheck(options) });
  const umaTokens = uma?.tokens;

  return async (ring) => {
    const algorithm = signingAlgorithm(ring, signingKeys);
    const parts = { adapter, keys: ring, algorithm, formats, decisions, loaded, umaTokens };
    const configuration = providerConfiguration(options, parts);
    const provider = loaded.createProvider(issuer, configuration, (request, work) =>
      guarded(() => redemptions.completing(request, work)),
    );
    provider.proxy = true;
    signTokens(provider, {
      formats,
      algorithm,
      // What they are good for changes, and a JWT would go on telling it.
      isOpaque: (token) => umaTokens?.claimsOf(token) !== undefined,
      currentContext: loaded.currentContext,
    });
    if (passwords !== undefined && options.passwordGrant === true) {
      addPasswordGrant(provider, { passwords, decisions, loaded });
    }
    if (passwords !== undefined) servePeople(provider, { ...options, passwords, loaded });
    logProviderEvents(provider, log);
    tellUser(provider);
    publishMetadata(provider, { hasUsers: passwords !== undefined, signingKeys });
    uma?.addTo(provider, { issuer, decisions, loaded, log });
    await checkClients(provider, options.clients);
    return provider;
  };
}

/** The origin is all of the issuer: the provider derives every published address from it. */
function issuerHost(issuer: string): string {
  const url = URL.parse(issuer);
  if (url !== null && url.protocol === 'https:' && url.origin === issuer) return url.host;
  throw new StartError(
    `the issuer must be an https origin without path or slash at its end, such as ` +
      `https://login.example.com, not ${issuer}`,
  );
}

/** Half of the time for which a key is published before it signs, an hour at most. */
function keySetMaxAge({ publishBeforeMs }: KeyPolicy): number {
  return Math.min(3_600, Math.floor(publishBeforeMs / 2_000));
}

function publishMetadata(
  provider: OidcProvider,
  { hasUsers, signingKeys }: { readonly hasUsers: boolean; readonly signingKeys: KeyPolicy },
): void {
  const cacheControl = `public, max-age=${keySetMaxAge(signingKeys)}`;
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === PATHS.jwks && ctx.status === 200) ctx.set('cache-control', cacheControl);
    const isDocument = typeof ctx.body === 'object' && ctx.body !== null && ctx.status === 200;
    if (!isDocument || !ctx.path.startsWith('/.well-known/')) return;
    ctx.body = publishedMetadata(ctx.body as Readonly<Record<string, unknown>>, hasUsers);
  });
}

/**
 * The provider builds URLs from what the request says about its host. All of that is overwritten:
 * no request can end up in a published address.
 */
function pinToIssuer(request: IncomingMessage, host: string): void {
  request.headers.host = host;
  request.headers['x-forwarded-host'] = host;
  request.headers['x-forwarded-proto'] = 'https';
}
