/**
 * One generation: all that is made of one configuration and its files and that a reload makes anew.
 * What is slow to make or holds something that must not be lost is shared with the next one.
 */

import type { Material } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import { createExplainer } from '../explain/explainer.ts';
import type { Explainer } from '../explain/explainer.ts';
import { createAuthorityGuard, createListenerModes } from '../gateway/authority.ts';
import { createGateway } from '../gateway/handle.ts';
import type { Handle } from '../gateway/handle.ts';
import { createSpeakers } from '../gateway/speaker.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { Overload } from '../limits/overload.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ClientRows } from '../token-service/registration/client-rows.ts';
import { createCrlReader } from '../trust/crl-reader.ts';
import type { CrlReader } from '../trust/crl-reader.ts';
import { createTrust } from '../trust/trust.ts';
import { createAnnouncement } from './announcement.ts';
import { openBackend } from './backend.ts';
import { openBindings } from './bindings.ts';
import { writtenHeaders } from './certificate-headers.ts';
import { openClients } from './clients.ts';
import { createHandshakeTeller } from './handshakes.ts';
import { heldCertificates } from './held-certificates.ts';
import type { HeldCertificate } from './held-certificates.ts';
import { listenerRules, maxBodyBytes } from './listener-options.ts';
import { loadBalancers } from './load-balancers.ts';
import { openKeySources, openSignedAnswers } from './outbound.ts';
import { openRates } from './rates.ts';
import { createRoutes } from './routes.ts';
import type { OnStop, Parts } from './shared-parts.ts';
import { openStripList } from './strip-list.ts';
import { openTokenSources } from './token-sources.ts';
import { openTracing } from './tracing.ts';
import { openTrustWorld } from './trust-world.ts';

/** A configuration and what `checkConfig` read from the files that it names. */
export interface CheckedConfig {
  readonly config: Config;
  readonly material: Material;
}

export interface Generation extends CheckedConfig {
  /** That the configuration names. */
  readonly certificates: readonly HeldCertificate[];
  /** Of the clients that registered themselves; undefined where none can. */
  readonly countRegistered: ClientRows['countByMethod'] | undefined;
  readonly handle: Handle;
  /** To be called for each finished handshake. */
  readonly onSecure: (facts: ConnectionFacts) => void;
  readonly explain: Explainer;
  /** Comes into force: log and metrics tell of it from now on. */
  begin(): void;
  /** Another is in force; what is under way goes on, but nothing is refreshed any more. */
  retire(): void;
  /** Closes what no other generation uses. Idempotent. */
  close(): Promise<void>;
}

export interface GenerationDeps {
  readonly store: Store;
  readonly telemetry: Telemetry;
  /** Of the process. */
  readonly overload: Overload;
  /** Released when the generation is closed, or can't be opened. */
  readonly parts: Parts;
}

/** Reads large lists off the event loop; one thread for all generations. */
function sharedCrlReader(parts: Parts): CrlReader {
  return parts.use('crl reader', undefined, (onStop) => {
    const reader = createCrlReader();
    onStop(reader.close);
    return reader;
  });
}

/**
 * Opens everything, or nothing.
 *
 * @throws StartError, or StoreError when the store fails.
 */
export async function openGeneration(
  { config, material }: CheckedConfig,
  { store, telemetry, overload, parts }: GenerationDeps,
): Promise<Generation> {
  await using opened = new AsyncDisposableStack();
  opened.defer(parts.release);
  const onStop: OnStop = (close) => opened.defer(close);

  const clients = await openClients(config, { material, store, telemetry, parts });
  const { configured, registry } = clients;
  const backendDeps = { material, clients, store, telemetry, parts };
  const { server, registration } = await openBackend(config, backendDeps);
  const outbound = { telemetry, parts };
  const { jwks } = config;
  const keySources = openKeySources(
    configured.clients,
    { jwks, caPems: material.jwksCaPems },
    outbound,
  );
  const certificates = await heldCertificates(material);
  const announcement = createAnnouncement(material, certificates, telemetry);
  const { world, stopRefreshing } = await openTrustWorld(config, {
    material,
    telemetry,
    parts,
    onStop,
    reader: sharedCrlReader(parts),
    onPlaces: announcement.crls,
  });
  const trust = createTrust({
    world,
    now: Date.now,
    onUnknown: (facts) =>
      telemetry.log('warn', 'nothing is known about a revocation, which is let pass', { ...facts }),
  });
  const balancers = loadBalancers(config, material, Date.now);
  const rules = material.listeners.map(listenerRules);
  const rates = parts.use('rates', config.rate_limits, (_, others) =>
    openRates(config.rate_limits, others),
  );
  const handle = createGateway({
    guardAuthority: createAuthorityGuard(rules),
    modeOf: createListenerModes(rules),
    trust,
    stripList: openStripList(config),
    speakerOf: createSpeakers(balancers),
    admission: { overload, ...rates.ofAddresses },
    maxBodyBytes: maxBodyBytes(config),
    routes: createRoutes(config, {
      server,
      registration,
      bindings: openBindings(material, store),
      authentication: { registry, trust, keySources, countRequest: rates.countClient },
      signedAnswers: openSignedAnswers(config, material.upstreamCaPems, parts),
      tokenSources: openTokenSources(config, material, { server, ...outbound }),
      material,
      parts,
    }),
    trace: await openTracing(config, telemetry),
    record: telemetry.request,
  });
  const explain = createExplainer({
    world,
    now: Date.now,
    clients: configured.clients,
    find: registry.find,
    headers: writtenHeaders(config),
    answerOf: async (client) => keySources.of(client)?.current(),
  });

  const running = opened.move();
  return {
    config,
    material,
    certificates,
    countRegistered: clients.registration?.rows.countByMethod,
    handle,
    onSecure: createHandshakeTeller({ trust, balancers, telemetry }),
    explain,
    begin: announcement.begin,
    retire: () => {
      announcement.end();
      stopRefreshing();
    },
    close: () => running.disposeAsync(),
  };
}
