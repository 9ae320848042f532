/**
 * Reloads, one after the other and each in two phases: everything of the new configuration is made
 * ready while the old one serves, then put in force at once; or nothing of it is.
 */

import { setImmediate, setTimeout } from 'node:timers/promises';

import { changedKeys } from '../config/changed-keys.ts';
import type { ReadConfig } from '../config/reader/config-reader.ts';
import { restartKeys } from '../config/restart-keys.ts';
import type { Config } from '../config/schema.ts';
import { weakerPolicies } from '../config/weaker/weaker-policy.ts';
import { CertboundError, ConfigError } from '../errors.ts';
import type { ConfigProblem } from '../errors.ts';
import type { Overload } from '../limits/overload.ts';
import type { ReloadStatus } from '../management/status-report.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { openGeneration } from './generation.ts';
import type { Generations } from './generations.ts';
import type { Listeners } from './listeners.ts';
import { reloadStatus } from './reload-report.ts';
import type { Parts } from './shared-parts.ts';

/** What came of a reload. Keys and places are named, values never. */
export type ReloadOutcome =
  | {
      readonly outcome: 'reloaded';
      readonly generation: number;
      readonly changed: readonly string[];
      /** What lets pass now what was refused before. */
      readonly weaker: readonly string[];
    }
  /** The configuration or one of its files is wrong, or changes what needs a restart. */
  | { readonly outcome: 'refused'; readonly problems: readonly ConfigProblem[] }
  /** The system refused something, an address for example; or the gateway stops. */
  | { readonly outcome: 'failed'; readonly detail: string };

/** Ready to be put in force. One of the two is called, once; neither fails. */
export interface PreparedReload {
  readonly outcome: 'prepared';
  commit(): ReloadOutcome;
  abort(): Promise<void>;
}

export interface Reloader {
  /**
   * The first phase. No other reload begins before the second one.
   *
   * @returns the reload, ready; or why there is none, and nothing has changed. Never rejects.
   */
  prepare(): Promise<PreparedReload | ReloadOutcome>;
  /** Both phases. One that is asked for while another waits to begin is the same. Never rejects. */
  reload(): Promise<ReloadOutcome>;
  /** How the latest one ended; undefined where there was none. */
  last(): ReloadStatus | undefined;
  /** Gives up what is being prepared; every later reload fails. */
  stop(): Promise<void>;
}

export interface ReloaderDeps {
  /** Reads and checks the configuration anew. @throws ConfigError, or StartError */
  readonly read: () => Promise<ReadConfig>;
  /** Gives up what is being read. */
  readonly stopReading: () => Promise<void>;
  readonly store: Store;
  readonly telemetry: Telemetry;
  readonly overload: Overload;
  /** Tries what TLS is now relied on for and was not before. @throws StartError */
  readonly testTlsAnew: (before: Config, after: Config) => Promise<void>;
  /** Is told what came of each. */
  readonly tell: (outcome: ReloadOutcome) => void;
  readonly newParts: () => Parts;
  readonly generations: Generations;
  readonly listeners: Listeners;
}

const STOP_TIMEOUT_MS = 2_000;
const NEEDS_RESTART = 'can not be changed while the gateway runs: restart it';
const STOPS = { outcome: 'failed', detail: 'the gateway stops' } as const;

export function createReloader(deps: ReloaderDeps): Reloader {
  const { read, store, telemetry, overload, newParts, generations, listeners } = deps;
  let last: ReloadStatus | undefined;
  const tell = (outcome: ReloadOutcome): void => {
    last = reloadStatus(outcome);
    deps.tell(outcome);
  };
  let isStopping = false;
  /** Resolves when the reload before is over. */
  let turn: Promise<void> = Promise.resolve();
  let waiting: Promise<ReloadOutcome> | undefined;
  /** Of what is being prepared. */
  let underWay: Parts | undefined;
  /** Of what is prepared and neither in force nor given up. */
  let giveUp: (() => Promise<void>) | undefined;

  const ready = async (parts: Parts): Promise<PreparedReload> => {
    const before = generations.current;
    const { problemAt, ...after } = await read();
    const fixed = restartKeys(before, after);
    if (fixed.length > 0) {
      throw new ConfigError(fixed.map((key) => problemAt(key, NEEDS_RESTART)));
    }
    // Requests go first: each of these steps takes its time where there are many clients.
    const changes = {
      changed: await changedKeys(before, after),
      weaker: await weakerPolicies(before, after),
    };
    await setImmediate();
    await deps.testTlsAnew(before.config, after.config);
    const generation = await openGeneration(after, { store, telemetry, overload, parts });
    const prepared = await listeners.prepare(after).catch(async (error: unknown) => {
      await givenUp(generation.close());
      throw error;
    });
    return {
      outcome: 'prepared',
      commit: () => {
        prepared.commit(after.config.shutdown.drain_timeout);
        generations.replace(generation);
        return { outcome: 'reloaded', generation: generations.number, ...changes };
      },
      abort: async () => {
        await prepared.abort();
        await givenUp(generation.close());
      },
    };
  };

  /** What can't be closed must not keep the next reload waiting. */
  const givenUp = (closing: Promise<void>): Promise<void> =>
    closing.catch((error: unknown) =>
      telemetry.log('error', 'what a reload opened could not be closed', {
        detail: error instanceof Error ? error.message : 'unknown',
      }),
    );

  const attempt = async (): Promise<PreparedReload | ReloadOutcome> => {
    if (isStopping) return STOPS;
    const parts = newParts();
    underWay = parts;
    try {
      return await ready(parts);
    } catch (error) {
      await givenUp(parts.release());
      return isStopping ? STOPS : outcomeOf(error);
    } finally {
      underWay = undefined;
    }
  };

  const prepare = async (): Promise<PreparedReload | ReloadOutcome> => {
    const before = turn;
    const { promise, resolve: over } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    const prepared = await attempt();
    if (prepared.outcome !== 'prepared') {
      tell(prepared);
      over();
      return prepared;
    }
    if (isStopping) {
      await prepared.abort();
      over();
      return STOPS;
    }
    const abort = async (): Promise<void> => {
      if (giveUp !== abort) return;
      giveUp = undefined;
      await prepared.abort();
      over();
    };
    giveUp = abort;
    return {
      outcome: 'prepared',
      commit: () => {
        if (giveUp !== abort) return STOPS;
        giveUp = undefined;
        const outcome = prepared.commit();
        tell(outcome);
        over();
        return outcome;
      },
      abort,
    };
  };

  const reload = async (): Promise<ReloadOutcome> => {
    await turn;
    // From here on the files are read: who comes now may have changed them since.
    waiting = undefined;
    const prepared = await prepare();
    return prepared.outcome === 'prepared' ? prepared.commit() : prepared;
  };

  return {
    prepare,
    last: () => last,
    reload: () => (waiting ??= reload()),
    stop: async () => {
      isStopping = true;
      await Promise.all([underWay?.release(), giveUp?.(), deps.stopReading()]);
      // A file system that hangs must not keep the program from ending.
      await Promise.race([turn, setTimeout(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

function outcomeOf(error: unknown): ReloadOutcome {
  if (error instanceof ConfigError) return { outcome: 'refused', problems: error.problems };
  // What else is thrown is a bug of ours; the configuration in force is as sound as before.
  const known = error instanceof CertboundError ? error.message : undefined;
  const detail = known ?? `internal error: ${error instanceof Error ? error.message : 'unknown'}`;
  return { outcome: 'failed', detail };
}
