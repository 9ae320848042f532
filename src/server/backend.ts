/** The server behind the gateway: the embedded token service or a foreign one, reached alike. */

import type { ClientList } from '../clients/registry.ts';
import type { ClientMaterial, Material } from '../config/check.ts';
import type { Config, EmbeddedConfig, UpstreamConfig } from '../config/schema.ts';
import { clientScopes } from '../config/scopes.ts';
import type { PublicOrigin } from '../http/forwarded.ts';
import type { ClientRegistration } from '../oauth/registration.ts';
import { createTokenServer } from '../oauth/token-server.ts';
import type { TokenServer } from '../oauth/token-server.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ServiceClient } from '../token-service/clients/client-metadata.ts';
import type { StrangerLimits } from '../token-service/strangers.ts';
import { createTokenService } from '../token-service/token-service.ts';
import type { TokenService } from '../token-service/token-service.ts';
import { createUpstream } from '../upstream/forward.ts';
import { createUpstreamPool } from '../upstream/pool.ts';
import type { PoolOptions } from '../upstream/pool.ts';
import { createUpgrader } from '../upstream/upgrade.ts';
import type { Upgrader } from '../upstream/upgrade.ts';
import type { Attempts } from '../users/attempts.ts';
import { createPasswordCheck } from '../users/password-check.ts';
import { embeddedCertificateFields, upstreamCertificateFields } from './certificate-headers.ts';
import { keyPolicy } from './rotate-keys.ts';
import { umaOptions } from './uma.ts';
import type { KnownClients } from './clients.ts';
import { sharedAttempts, sharedStrangerLimits } from './shared-counts.ts';
import type { Parts } from './shared-parts.ts';

/** The header in which the embedded service hears whom the gateway authenticated. */
const DECISION_HEADER = 'certbound-client';

/** Limits towards the embedded service: the same process, so nothing there waits for a network. */
const EMBEDDED_LIMITS = {
  connectTimeoutMs: 5_000,
  responseTimeoutMs: 30_000,
  bodyIdleTimeoutMs: 30_000,
  maxConnections: 64,
  maxQueue: 4_096,
} as const;

export interface BackendDeps {
  readonly material: Material;
  readonly clients: Pick<KnownClients, 'configured' | 'registration'>;
  readonly store: Store;
  readonly telemetry: Telemetry;
  readonly parts: Parts;
}

export interface Backend {
  readonly server: TokenServer;
  /** Present where clients register themselves. */
  readonly registration: ClientRegistration | undefined;
}

/** Opens the server that the configuration names. */
export async function openBackend(config: Config, deps: BackendDeps): Promise<Backend> {
  const service = config.token_service;
  return 'embedded' in service
    ? openEmbedded(service.embedded, config, deps)
    : { server: openUpstream(service.upstream, deps), registration: undefined };
}

async function openEmbedded(
  config: EmbeddedConfig,
  whole: Config,
  deps: BackendDeps,
): Promise<Backend> {
  const { parts } = deps;
  // Whoever guesses is not let off by a reload.
  const attempts = parts.use('attempts', undefined, (_, others) => sharedAttempts(others));
  const strangers = parts.use('strangers', undefined, (_, others) => sharedStrangerLimits(others));
  // All that it is made of is in the store, or made anew when anything but these changes.
  const { listeners: _listeners, reload: _reload, shutdown: _shutdown, ...settings } = whole;
  const { listeners: _files, crls: _crls, ...material } = deps.material;
  // How clients may register depends on the listeners.
  const methods = deps.clients.registration?.acceptance.methods;
  const options = { settings, material, methods };
  const service = await parts.use('token service', options, async (onStop) => {
    const opened = await openTokenService(config, { attempts, strangers }, deps);
    onStop(opened.close);
    return opened;
  });
  const server = createTokenServer({
    kind: 'native',
    deadlineMs: EMBEDDED_LIMITS.responseTimeoutMs,
    ...connectThrice(
      { origin: 'http://embedded', socketPath: service.socketPath, ...EMBEDDED_LIMITS },
      deps,
    ),
    upgrader: undefined,
    certificateFields: embeddedCertificateFields(),
    origin: publicOrigin(config.issuer),
    decisionHeader: DECISION_HEADER,
  });
  return { server, registration: service.registration };
}

/** What is remembered of those who guess, or leave things unfinished. */
interface Guesses {
  readonly attempts: Attempts;
  readonly strangers: StrangerLimits;
}

async function openTokenService(
  config: EmbeddedConfig,
  { attempts, strangers }: Guesses,
  { material, clients, store, telemetry, parts }: BackendDeps,
): Promise<TokenService> {
  const { configured: registry, registration } = clients;
  return createTokenService({
    issuer: config.issuer,
    clients: material.clients.map((client) => serviceClient(client, registry)),
    introspectionCallers: config.introspection_callers,
    accessTokenLifetimeMs: config.access_token_lifetime,
    signingKeys: keyPolicy(config),
    passwords:
      config.users_file === undefined
        ? undefined
        : await createPasswordCheck(material.users, { attempts }),
    strangers,
    passwordGrant: config.password_grant,
    scopes: config.scopes,
    sessionLifetimeMs: config.session_lifetime,
    profile: config.profile,
    requirePushedRequests:
      config.profile !== undefined || config.require_pushed_authorization_requests,
    registration,
    uma: umaOptions(config, parts),
    store,
    log: telemetry.log,
  });
}

function openUpstream(config: UpstreamConfig, deps: BackendDeps): TokenServer {
  const { upstreamCaPems } = deps.material;
  const options: PoolOptions = {
    origin: new URL(config.url).origin,
    connectTimeoutMs: config.connect_timeout,
    responseTimeoutMs: config.response_timeout,
    bodyIdleTimeoutMs: config.body_idle_timeout,
    maxConnections: config.max_connections,
    maxQueue: config.max_queue,
    ...(upstreamCaPems.length === 0 ? {} : { caPems: upstreamCaPems }),
  };
  return createTokenServer({
    kind: config.kind,
    // The time in which an answer must begin is, for the small answers of endpoints, enough to end.
    deadlineMs: config.connect_timeout + config.response_timeout,
    ...connectThrice(options, deps),
    upgrader: connectTunnels(options, deps),
    certificateFields: upstreamCertificateFields(config, deps),
    origin: undefined,
    decisionHeader: undefined,
  });
}

/** Pools that don't hold up each other, each with the limits of the configuration. */
function connectThrice(options: PoolOptions, deps: BackendDeps) {
  return {
    upstream: connect('endpoints', options, deps),
    passUpstream: connect('all else', options, deps),
    streamUpstream: connect('large bodies', options, deps),
  };
}

function connectTunnels(options: PoolOptions, { telemetry, parts }: BackendDeps): Upgrader {
  return parts.use('tunnels', options, (onStop) => {
    const upgrader = createUpgrader(options, telemetry.metrics.observeUpstream);
    onStop(async () => upgrader.destroy());
    return upgrader;
  });
}

function connect(
  purpose: 'endpoints' | 'all else' | 'large bodies',
  options: PoolOptions,
  { telemetry, parts }: BackendDeps,
) {
  return parts.use(`pool of ${purpose}`, options, (onStop) => {
    const pool = createUpstreamPool(options);
    onStop(() => pool.destroy());
    return createUpstream(pool, telemetry.metrics.observeUpstream);
  });
}

function publicOrigin(issuer: string): PublicOrigin {
  const { host, port } = new URL(issuer);
  return { authority: host, port: port === '' ? 443 : Number(port) };
}

/**
 * The service knows clients by what the gateway has decided: by its certificate, or by a secret that
 * the gateway sends in one way, however the client sent its own.
 */
function serviceClient(material: ClientMaterial, registry: ClientList): ServiceClient {
  const { config, secret } = material;
  const { client_id: clientId, token_endpoint_auth_method: method } = config;
  const isKnownByCertificate =
    method === 'self_signed_tls_client_auth' || method === 'tls_client_auth';
  return {
    clientId,
    method: isKnownByCertificate || method === 'none' ? method : 'client_secret_post',
    secret,
    grantTypes: config.grant_types,
    name: config.client_name,
    redirectUris: config.redirect_uris,
    postLogoutRedirectUris: config.post_logout_redirect_uris,
    scopes: clientScopes(config),
    requiresPushedRequests: config.require_pushed_authorization_requests,
    binding: registry.find(clientId)?.binding ?? 'required',
    audience: config.access_token_format === 'jwt' ? config.audience : undefined,
  };
}
