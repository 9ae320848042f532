/**
 * The composition root: this room alone constructs the others and hands them to each other. What
 * lives as long as the process is made here; what a configuration is made of is a generation.
 */

import type { Writable } from 'node:stream';

import { watchFiles } from '../config/watch-files.ts';
import { createManagement } from '../management/management.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import { createConfigSource } from './config-source.ts';
import type { ConfigOrigin } from './config-source.ts';
import type { CheckedConfig } from './generation.ts';
import type { Address, BoundListener } from './listeners.ts';
import { giveNotice } from './notice-period.ts';
import type { PreparedReload, ReloadOutcome } from './reload.ts';
import { tellStart } from './reload-report.ts';
import { createTraffic } from './traffic.ts';

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
  /** Readiness off, requests finished after the notice within the drain time, all closed. Idempotent. */
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
  // Stopped in reverse order: listeners drain first, the log ends last.
  await using parts = new AsyncDisposableStack();

  const telemetry = createTelemetry({
    level: config.log.level,
    stream: options.stdout,
    version: VERSION,
    coloured: options.coloured ?? true,
  });
  parts.defer(telemetry.close);
  const source = createConfigSource(options, {
    get current() {
      return traffic.generations.current;
    },
  });
  const { tellNamed } = source;
  const traffic = await createTraffic(
    { config, material, load: options.load, tellNamed },
    { telemetry },
  );
  parts.defer(traffic.close);
  const { generations, reloader } = traffic;
  tellStart(generations, telemetry);

  const management = createManagement(
    { address: config.management.address, token: material.managementToken },
    {
      render: telemetry.metrics.render,
      status: traffic.status,
      ready: traffic.readiness,
      events: telemetry.events,
      explain: traffic.explain,
      reload: reloader.reload,
    },
  );
  parts.defer(management.stop);

  const prepared = await traffic.open();
  const managementAddress = await management.listen().catch(async (error: unknown) => {
    await prepared.abort();
    throw error;
  });
  prepared.commit(0);
  const watch = watchFiles({ since: startedAt, ...source }, reloader.reload);
  parts.defer(async () => {
    management.setDraining();
    watch.close();
    await giveNotice(generations.current.config);
    await traffic.drain();
  });
  const running = parts.move();
  return {
    get listeners() {
      return traffic.listeners;
    },
    management: managementAddress,
    reload: reloader.reload,
    prepareReload: reloader.prepare,
    stop: () => running.disposeAsync(),
  };
}
