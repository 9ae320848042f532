/** The composition root: this room alone constructs the others and hands them to each other. */

import type { Writable } from 'node:stream';

import type { Material } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import { createAuthorityGuard } from '../gateway/authority.ts';
import { createGateway } from '../gateway/handle.ts';
import { balancerOutcome, certificateOutcome } from '../gateway/identify.ts';
import { createSpeakers } from '../gateway/speaker.ts';
import { createListener } from '../listener/listener.ts';
import type { Listener } from '../listener/listener.ts';
import { testTls } from '../listener/tls-self-test.ts';
import { createManagement } from '../management/management.ts';
import type { Store } from '../store/store.ts';
import type { CertificateOutcome } from '../telemetry/events.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createTrust } from '../trust/trust.ts';
import { VERSION } from '../version.ts';
import { createExplainer } from '../explain/explainer.ts';
import { openBackend } from './backend.ts';
import { openBindings } from './bindings.ts';
import { writtenHeaders } from './certificate-headers.ts';
import { openClients } from './clients.ts';
import { heldCertificates, tellExpiries } from './held-certificates.ts';
import { listenerOptions, listenerRules } from './listener-options.ts';
import { loadBalancers } from './load-balancers.ts';
import { observedStore } from './observed-store.ts';
import { openKeySources, openSignedAnswers } from './outbound.ts';
import { createRoutes } from './routes.ts';
import { createStatus } from './status.ts';
import { openStore } from './store.ts';
import { openStripList } from './strip-list.ts';
import { openTokenSources } from './token-sources.ts';
import { openTracing } from './tracing.ts';
import { openTrustWorld } from './trust-world.ts';

export interface ServerOptions {
  readonly config: Config;
  /** What `check` read from the files that the configuration names. */
  readonly material: Material;
  /** Where the log goes. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** The log in colours where it goes to a terminal. */
  readonly coloured?: boolean;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface RunningServer {
  /** The listeners as bound, in the order of the configuration. */
  readonly listeners: readonly (Address & { readonly name: string })[];
  readonly management: Address;
  /** Readiness off, requests finished within the drain time, everything closed. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts everything, or nothing: when a part can't start, those before it are stopped again.
 *
 * @throws StartError where the system refuses something (an address in use, say), or where TLS of
 * this Node is not what is relied on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, material, stdout } = options;
  await testTls({
    resumes: config.listeners.some(({ session_resumption: mode }) => mode === 'on'),
  });
  // Stopped in reverse order: listeners drain first, the log ends last.
  await using parts = new AsyncDisposableStack();
  const onStop = (close: () => Promise<void>): void => {
    parts.defer(close);
  };

  const telemetry = createTelemetry({
    level: config.log.level,
    stream: stdout,
    version: VERSION,
    coloured: options.coloured ?? true,
  });
  onStop(telemetry.close);
  for (const { config: admin, usesSha1 } of material.protection.adminPaths) {
    const { path } = admin;
    if (usesSha1) telemetry.log('warn', 'SHA-1 thumbprints vouch for administrators', { path });
  }
  const store = observedStore(
    await openStore(config, { material, telemetry }),
    telemetry.metrics.observeStore,
  );
  onStop(store.close);
  const clients = await openClients(config, { material, store, telemetry });
  const { configured, registry } = clients;
  const { server, registration } = await openBackend(config, {
    material,
    clients,
    store,
    telemetry,
    onStop,
  });

  const outbound = { telemetry, onStop };
  const keySources = openKeySources(
    configured.clients,
    { jwks: config.jwks, caPems: material.jwksCaPems },
    outbound,
  );
  const world = await openTrustWorld(config, { material, telemetry, onStop });
  const trust = createTrust({
    world,
    now: Date.now,
    onUnknown: (facts) =>
      telemetry.log('warn', 'nothing is known about a revocation, which is let pass', { ...facts }),
  });
  const bindings = openBindings(material, store);
  const balancers = loadBalancers(config, material, Date.now);
  const handle = createGateway({
    guardAuthority: createAuthorityGuard(material.listeners.map(listenerRules)),
    trust,
    stripList: openStripList(config),
    speakerOf: createSpeakers(balancers),
    routes: createRoutes(config, {
      server,
      registration,
      bindings,
      authentication: { registry, trust, keySources },
      signedAnswers: openSignedAnswers(config, material.upstreamCaPems, outbound),
      tokenSources: openTokenSources(config, material, { server, ...outbound }),
      material,
    }),
    trace: await openTracing(config, telemetry),
    record: telemetry.request,
  });

  tellExpiries(heldCertificates(material), telemetry.metrics);
  telemetry.metrics.reloaded('started', { generation: 1, hash: '' });
  const onAir: RunningServer['listeners'][number][] = [];
  const management = createManagement(
    { address: config.management.address, token: material.managementToken },
    {
      render: telemetry.metrics.render,
      status: createStatus({
        current: () => options,
        listeners: () => onAir,
        connections: telemetry.metrics.connections,
        history: telemetry.history,
      }),
      ready: () => readiness(store),
      events: telemetry.events,
      explain: createExplainer({
        world,
        now: Date.now,
        clients: configured.clients,
        find: registry.find,
        headers: writtenHeaders(config),
        answerOf: async (client) => keySources.of(client)?.current(),
      }),
    },
  );
  onStop(management.stop);

  const listeners = material.listeners.map((listener) =>
    createListener(listenerOptions(listener, config), {
      handle,
      events: telemetry.events,
      onSecure: (facts) => {
        const tell = (certificate: CertificateOutcome): void =>
          telemetry.events({
            kind: 'handshake_completed',
            listener: facts.listener,
            peerAddress: facts.peerAddress,
            socketAddress: facts.socketAddress,
            tlsProtocol: facts.tlsProtocol,
            virtualHost: facts.virtualHost,
            isResumed: facts.isResumed,
            durationSeconds: facts.handshakeMs / 1_000,
            certificate,
          });
        const balancer = balancerOutcome(facts, balancers);
        if (balancer !== undefined) return tell(balancer);
        const tellClient = (): void => tell(certificateOutcome(trust.present(facts)));
        // The questions are under way before the first request; what is told is what they brought.
        const answers = trust.prepare(facts);
        if (answers === undefined) return tellClient();
        // A bug of ours, which a client's certificate must not turn into the end of the process.
        void answers.then(tellClient).catch((error: unknown) =>
          telemetry.log('error', 'a finished handshake could not be told', {
            listener: facts.listener,
            detail: error instanceof Error ? error.message : 'unknown',
          }),
        );
      },
    }),
  );
  onStop(async () => {
    management.setDraining();
    await Promise.all(listeners.map((each) => each.stop(config.shutdown.drain_timeout)));
  });

  const managementAddress = await management.listen();
  const bound = await listenAll(listeners, material, onAir, telemetry);
  const running = parts.move();
  return {
    listeners: bound,
    management: managementAddress,
    stop: () => running.disposeAsync(),
  };
}

async function listenAll(
  listeners: readonly Listener[],
  material: Material,
  bound: (Address & { readonly name: string })[],
  telemetry: Telemetry,
): Promise<RunningServer['listeners']> {
  for (const [index, listener] of listeners.entries()) {
    const name = material.listeners[index]?.config.name ?? '';
    telemetry.metrics.watchConnections(name, listener.connections);
    const address = await listener.listen();
    telemetry.log('info', 'listening', { listener: name, ...address });
    bound.push({ name, ...address });
  }
  return bound;
}

async function readiness(
  store: Store,
): Promise<{ ready: boolean; checks: Record<string, string> }> {
  try {
    await store.ping();
    return { ready: true, checks: { store: 'ok' } };
  } catch (error) {
    return { ready: false, checks: { store: error instanceof Error ? error.message : 'failed' } };
  }
}
