/**
 * The primary process: it serves no client. It keeps the workers, tells them to reload and to stop,
 * watches the files, and answers on the management listener for all of them.
 */

import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';

import { parseConfig } from '../config/load.ts';
import { namedFiles } from '../config/paths.ts';
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { watchFiles } from '../config/watch-files.ts';
import { createManagement } from '../management/management.ts';
import { createConfigSource } from '../server/config-source.ts';
import type { ConfigOrigin } from '../server/config-source.ts';
import type { CheckedConfig } from '../server/generation.ts';
import type { Address, BoundListener } from '../server/listeners.ts';
import { giveNotice } from '../server/notice-period.ts';
import type { ReloadOutcome } from '../server/reload.ts';
import { tellReload, tellStart } from '../server/reload-report.ts';
import { testTlsFor } from '../server/tls-test.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import { askedOfAll } from './asked-of-all.ts';
import { createFleet } from './fleet.ts';
import { createReloadAll } from './reload-all.ts';
import type { InForce } from './reload-all.ts';

export interface WorkersOptions extends CheckedConfig, ConfigOrigin {
  readonly snapshot: ConfigSnapshot;
  readonly count: number;
  /** Where the log goes. The workers write to the standard output of this process. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly coloured: boolean;
}

export interface RunningWorkers {
  /** The listeners as bound, in the order of the configuration. */
  readonly listeners: readonly BoundListener[];
  readonly management: Address;
  /** Puts the configuration in force in every worker, or in none. Never rejects. */
  reload(): Promise<ReloadOutcome>;
  /** Rejects with a StartError when no worker serves any more, and none can be started. */
  readonly failed: Promise<never>;
  /** Readiness off, every worker drained, everything closed. Idempotent. */
  stop(): Promise<void>;
}

const TICKET_SECRET_BYTES = 48;
/** What a worker gets to close, once its requests have had their time. */
const CLOSE_MS = 5_000;

/**
 * Starts everything, or nothing.
 *
 * @throws StartError, or ConfigError, as the one of a worker.
 */
export async function startWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  const { config, material, snapshot, count, coloured } = options;
  const startedAt = Date.now();
  await testTlsFor(config);
  // Stopped in reverse order.
  await using parts = new AsyncDisposableStack();
  const telemetry = createTelemetry({
    level: config.log.level,
    stream: options.stdout,
    isShared: true,
    version: VERSION,
    coloured,
  });
  parts.defer(telemetry.close);

  let inForce: InForce = { config, snapshot, listeners: [], number: 1 };
  const current = {
    get current() {
      return inForce;
    },
  };
  const replace = (next: InForce): void => {
    announce(inForce.listeners, next.listeners, telemetry);
    inForce = next;
  };
  const ticketSecret = randomBytes(TICKET_SECRET_BYTES);
  const fleet = createFleet({
    order: (number) => ({ snapshot: inForce.snapshot, number, count, ticketSecret, coloured }),
    onServing: (member, order, isFirst) => {
      reloads.joined(member, order.snapshot);
      if (isFirst) return;
      const { number: worker, pid } = member;
      telemetry.log('info', 'a worker was replaced', { worker, pid });
    },
    onEnd: ({ number: worker, pid }, detail) => {
      telemetry.metrics.workerEnded();
      telemetry.log('error', 'a worker ended', { worker, pid, detail });
    },
  });
  telemetry.metrics.watchWorkers(() => fleet.serving.length);
  const source = createConfigSource(options, current);
  const reloads = createReloadAll({
    load: async () => {
      const { text, ...read } = await options.load();
      const loaded = parseConfig(text, read);
      source.tellNamed(namedFiles(loaded.config));
      return loaded;
    },
    fleet,
    inForce: () => inForce,
    replace,
    tell: (outcome) => tellReload(outcome, { ...current, number: inForce.number }, telemetry),
  });

  const management = createManagement(
    { address: config.management.address, token: material.managementToken },
    {
      ...askedOfAll({ fleet, count, telemetry, lastReload: reloads.last }),
      events: telemetry.events,
      reload: reloads.reload,
    },
  );
  parts.defer(management.stop);
  const managementAddress = await management.listen();
  const stopFleet = (): Promise<void> =>
    fleet.stop(inForce.config.shutdown.drain_timeout + CLOSE_MS);
  const { listeners } = await fleet.start(count).catch(async (error: unknown) => {
    await stopFleet();
    throw error;
  });
  tellStart({ ...current, number: 1 }, telemetry);
  replace({ ...inForce, listeners });
  const watch = watchFiles({ since: startedAt, ...source }, reloads.reload);
  parts.defer(async () => {
    management.setDraining();
    watch.close();
    reloads.stop();
    await giveNotice(inForce.config);
    await stopFleet();
  });
  const running = parts.move();
  return {
    get listeners() {
      return inForce.listeners;
    },
    management: managementAddress,
    reload: reloads.reload,
    failed: fleet.failed,
    stop: () => running.disposeAsync(),
  };
}

/** As one process tells it of its own. */
function announce(
  before: readonly BoundListener[],
  after: readonly BoundListener[],
  { log }: Pick<Telemetry, 'log'>,
): void {
  const isIn = (list: readonly BoundListener[], { host, port }: BoundListener): boolean =>
    list.some((other) => other.host === host && other.port === port);
  for (const listener of before) {
    if (!isIn(after, listener)) log('info', 'no longer listening', { listener: listener.name });
  }
  for (const listener of after) {
    const { name, host, port } = listener;
    if (!isIn(before, listener)) log('info', 'listening', { listener: name, host, port });
  }
}
