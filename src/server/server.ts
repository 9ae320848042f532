/**
 * The composition root: this room alone constructs the others and hands them to each other. What
 * lives as long as the process is made here; what a configuration is made of is a generation.
 */

import type { Writable } from 'node:stream';

import { watchFiles } from '../config/watch-files.ts';
import { testTls } from '../listener/tls-self-test.ts';
import { createManagement } from '../management/management.ts';
import type { Store } from '../store/store.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import { createConfigSource } from './config-source.ts';
import type { ConfigOrigin } from './config-source.ts';
import { openGeneration } from './generation.ts';
import type { CheckedConfig } from './generation.ts';
import { createGenerations } from './generations.ts';
import { createListeners } from './listeners.ts';
import type { Address, BoundListener } from './listeners.ts';
import { observedStore } from './observed-store.ts';
import { watchOverload } from './overload.ts';
import { createReloader, resumesSessions } from './reload.ts';
import type { PreparedReload, ReloadOutcome } from './reload.ts';
import { tellStart } from './reload-report.ts';
import { createSharedParts } from './shared-parts.ts';
import { createStatus } from './status.ts';
import { openStore } from './store.ts';

export interface ServerOptions extends CheckedConfig, ConfigOrigin {
  /** Where the log goes. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** The log in colours where it goes to a terminal. */
  readonly coloured?: boolean;
}

export interface RunningServer {
  /** The listeners as bound, in the order of the configuration. */
  readonly listeners: readonly BoundListener[];
  readonly management: Address;
  /** Puts the configuration in force as it is now; or nothing changes. Never rejects. */
  reload(): Promise<ReloadOutcome>;
  /** The first half of it, for whoever reloads several processes at once. Never rejects. */
  prepareReload(): Promise<PreparedReload | ReloadOutcome>;
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
  const { config, material } = options;
  const startedAt = Date.now();
  await testTls({ resumes: resumesSessions(config) });
  // Stopped in reverse order: listeners drain first, the log ends last.
  await using parts = new AsyncDisposableStack();

  const telemetry = createTelemetry({
    level: config.log.level,
    stream: options.stdout,
    version: VERSION,
    coloured: options.coloured ?? true,
  });
  parts.defer(telemetry.close);
  const store = observedStore(
    await openStore(config, { material, telemetry }),
    telemetry.metrics.observeStore,
  );
  parts.defer(store.close);

  const overload = watchOverload(config.overload, telemetry);
  parts.defer(overload.close);
  const newParts = createSharedParts();
  const first = await openGeneration(options, { store, telemetry, overload, parts: newParts() });
  const generations = createGenerations(first, telemetry.log);
  parts.defer(generations.close);
  tellStart(generations, telemetry);

  const listeners = createListeners({ telemetry, overload, lease: generations.lease });
  const source = createConfigSource(options, generations);
  const { load } = source;
  const reloader = createReloader({
    load,
    store,
    telemetry,
    overload,
    newParts,
    generations,
    listeners,
  });
  const management = createManagement(
    { address: config.management.address, token: material.managementToken },
    {
      render: telemetry.metrics.render,
      status: createStatus({
        current: () => generations.current,
        listeners: () => listeners.bound,
        connections: telemetry.metrics.connections,
        history: telemetry.history,
        lastReload: reloader.last,
      }),
      ready: () => readiness(store),
      events: telemetry.events,
      explain: async (...asked) => {
        const { generation, end } = generations.lease();
        return generation.explain(...asked).finally(end);
      },
      reload: reloader.reload,
    },
  );
  parts.defer(management.stop);

  const prepared = await listeners.prepare(options);
  const managementAddress = await management.listen().catch(async (error: unknown) => {
    await prepared.abort();
    throw error;
  });
  prepared.commit(0);
  const watch = watchFiles({ since: startedAt, ...source }, reloader.reload);
  parts.defer(async () => {
    management.setDraining();
    const { drain_timeout: drainMs } = generations.current.config.shutdown;
    watch.close();
    await Promise.all([reloader.stop(), listeners.stop(drainMs)]);
  });
  const running = parts.move();
  return {
    get listeners() {
      return listeners.bound;
    },
    management: managementAddress,
    reload: reloader.reload,
    prepareReload: reloader.prepare,
    stop: () => running.disposeAsync(),
  };
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
