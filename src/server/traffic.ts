/** All of a process that serves clients: one generation after another, and the addresses they serve. */

import { createConfigReader } from '../config/reader/config-reader.ts';
import type { ExplainPem } from '../management/explain.ts';
import type { Readiness } from '../management/probes.ts';
import type { StatusReport } from '../management/status-report.ts';
import type { SharedSessions } from '../listener/shared-sessions.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { ALONE } from './announcements.ts';
import type { Announcements } from './announcements.ts';
import type { ConfigOrigin } from './config-source.ts';
import { openGeneration } from './generation.ts';
import type { CheckedConfig } from './generation.ts';
import { createGenerations } from './generations.ts';
import type { Generations } from './generations.ts';
import { createListeners } from './listeners.ts';
import type { BoundListener, PreparedListeners } from './listeners.ts';
import { observedStore } from './observed-store.ts';
import { watchOverload } from './overload.ts';
import { createReloader } from './reload.ts';
import type { Reloader } from './reload.ts';
import { tellReload } from './reload-report.ts';
import { createSharedParts } from './shared-parts.ts';
import { createStatus } from './status.ts';
import { openStore } from './store.ts';
import { testTlsAnew, testTlsFor } from './tls-test.ts';

export interface TrafficOptions extends CheckedConfig {
  readonly load: ConfigOrigin['load'];
  /** Is told which files each configuration names that is read. */
  readonly tellNamed?: (files: readonly string[]) => void;
  /** Where this process is a worker: another process tells, and has tried, what concerns all. */
  readonly shared?: SharedByWorkers;
}

export interface SharedByWorkers {
  readonly announcements: Announcements;
  /** Of TLS tickets. */
  readonly ticketSecret: Uint8Array;
  /** How many workers there are. */
  readonly processes: number;
}

export interface Traffic {
  readonly generations: Pick<Generations, 'current' | 'number'>;
  /** The listeners as bound, in the order of the configuration. */
  readonly listeners: readonly BoundListener[];
  readonly reloader: Reloader;
  /**
   * Opens the addresses; whoever connects waits for `commit`.
   *
   * @throws StartError when the system refuses one.
   */
  open(): Promise<PreparedListeners>;
  readiness(): Promise<Readiness>;
  status(): Promise<Omit<StatusReport, 'readiness'>>;
  readonly explain: ExplainPem;
  /** Lets open requests finish within the drain time. */
  drain(): Promise<void>;
  /** Closes all else. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes the first generation; nothing is served yet.
 *
 * @throws StartError where the system refuses something, or where TLS of this Node is not what is
 * relied on.
 */
export async function createTraffic(
  options: TrafficOptions,
  { telemetry }: { readonly telemetry: Telemetry },
): Promise<Traffic> {
  const { config, material, shared } = options;
  if (shared === undefined) await testTlsFor(config);
  await using parts = new AsyncDisposableStack();
  const store = observedStore(
    await openStore(config, { material, telemetry }),
    telemetry.metrics.observeStore,
  );
  parts.defer(store.close);

  const overload = watchOverload(config.overload, { telemetry, processes: shared?.processes ?? 1 });
  parts.defer(overload.close);
  const newParts = createSharedParts(shared?.announcements ?? ALONE);
  const first = await openGeneration(options, { store, telemetry, overload, parts: newParts() });
  const generations = createGenerations(first, telemetry.log);
  parts.defer(generations.close);

  const listeners = createListeners({
    telemetry,
    overload,
    announce: shared === undefined ? telemetry.log : () => {},
    sessions: shared && sharedSessions(shared),
    lease: generations.lease,
  });
  const reader = createConfigReader();
  parts.defer(reader.close);
  const { load, tellNamed = () => {} } = options;
  const reloader = createReloader({
    read: async () => reader.read(await load(), tellNamed),
    stopReading: reader.close,
    store,
    telemetry,
    overload,
    testTlsAnew: shared === undefined ? testTlsAnew : async () => {},
    tell: (outcome) => {
      if (shared === undefined) tellReload(outcome, generations, telemetry);
    },
    newParts,
    generations,
    listeners,
  });
  const running = parts.move();
  return {
    generations,
    get listeners() {
      return listeners.bound;
    },
    reloader,
    open: () => listeners.prepare(options),
    readiness: () => readiness(store),
    status: createStatus({
      current: () => generations.current,
      listeners: () => listeners.bound,
      connections: telemetry.metrics.connections,
      history: telemetry.history,
      lastReload: reloader.last,
    }),
    explain: async (...asked) => {
      const { generation, end } = generations.lease();
      return generation.explain(...asked).finally(end);
    },
    drain: async () => {
      const { drain_timeout: drainMs } = generations.current.config.shutdown;
      await Promise.all([reloader.stop(), listeners.stop(drainMs)]);
    },
    close: () => running.disposeAsync(),
  };
}

function sharedSessions({ ticketSecret, announcements }: SharedByWorkers): SharedSessions {
  return {
    secret: ticketSecret,
    tell: (record, chain) => announcements.tell('tls session', record, chain),
    hear: (listener) => announcements.hear('tls session', listener),
  };
}

async function readiness(store: Store): Promise<Readiness> {
  try {
    await store.ping();
    return { ready: true, checks: { store: 'ok' } };
  } catch (error) {
    return { ready: false, checks: { store: error instanceof Error ? error.message : 'failed' } };
  }
}
