/** What a worker answers. Everything it knows of the world comes with the first question. */

import type { Writable } from 'node:stream';

import { checkConfig } from '../config/check.ts';
import { configOf } from '../config/snapshot.ts';
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { CertboundError, ConfigError } from '../errors.ts';
import { createAnnouncements } from '../server/announcements.ts';
import type { OpenAnnouncements, Word } from '../server/announcements.ts';
import type { PreparedReload } from '../server/reload.ts';
import { createTraffic } from '../server/traffic.ts';
import type { Traffic } from '../server/traffic.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import type { Question, Questions, StartAnswer, StartOrder } from './messages.ts';

export interface WorkerAnswers {
  /** Undefined where there is none. Never rejects. */
  answer(question: Question, asked: unknown): Promise<unknown>;
  /** To be called with what another worker has told. */
  told: OpenAnnouncements['told'];
}

export interface WorkerDeps {
  /** Ends the process. */
  readonly end: () => void;
  /** Tells the other workers. */
  readonly tell: (word: Word) => void;
}

interface Running {
  readonly traffic: Traffic;
  readonly telemetry: Telemetry;
}

type Answers = {
  readonly [Q in Question]: (asked: Questions[Q]['asked']) => Promise<Questions[Q]['answer']>;
};

const EXPLAIN_TIMEOUT_MS = 30_000;

export function createWorker(
  stdout: Writable & { readonly isTTY?: boolean },
  { end, tell }: WorkerDeps,
): WorkerAnswers {
  const announcements = createAnnouncements(tell);
  let running: Running | undefined;
  let snapshot: ConfigSnapshot | undefined;
  let prepared: PreparedReload | undefined;

  const now = (): Running => {
    if (running === undefined) throw new Error('the worker has not started');
    return running;
  };
  const load = async () => {
    if (snapshot === undefined) throw new Error('the worker has no configuration');
    return snapshot;
  };

  const start = async (order: StartOrder): Promise<StartAnswer> => {
    snapshot = order.snapshot;
    await using parts = new AsyncDisposableStack();
    const loaded = configOf(order.snapshot);
    const { config } = loaded;
    const material = await checkConfig(loaded);
    const telemetry = createTelemetry({
      level: config.log.level,
      stream: stdout,
      version: VERSION,
      coloured: order.coloured,
      isShared: true,
      worker: order.number,
    });
    parts.defer(telemetry.close);
    const { ticketSecret, count: processes } = order;
    const shared = { announcements, ticketSecret, processes };
    const traffic = await createTraffic({ config, material, load, shared }, { telemetry });
    parts.defer(traffic.close);
    (await traffic.open()).commit(0);
    running = { traffic, telemetry };
    parts.move();
    return { outcome: 'started', listeners: traffic.listeners };
  };

  const answers: Answers = {
    start: (order) => start(order).catch(startFailure),
    prepare: async (next) => {
      snapshot = next;
      const outcome = await now().traffic.reloader.prepare();
      if (outcome.outcome !== 'prepared') return outcome;
      prepared = outcome;
      return { outcome: 'prepared' };
    },
    commit: async () => {
      const outcome = prepared?.commit() ?? { outcome: 'failed', detail: 'nothing is prepared' };
      prepared = undefined;
      return { outcome, listeners: now().traffic.listeners };
    },
    abort: async () => {
      await prepared?.abort();
      prepared = undefined;
    },
    samples: () => now().telemetry.metrics.samples(),
    status: async () => now().traffic.status(),
    readiness: () => now().traffic.readiness(),
    explain: ({ pem, about }) =>
      now().traffic.explain(pem, about, AbortSignal.timeout(EXPLAIN_TIMEOUT_MS)),
    stop: async () => {
      await running?.traffic.drain();
      await running?.traffic.close();
      await running?.telemetry.close();
      end();
    },
  };

  return {
    told: announcements.told,
    answer: async (question, asked) => {
      try {
        return await (answers[question] as (asked: unknown) => Promise<unknown>)(asked);
      } catch (error) {
        const detail = error instanceof Error ? error.message : 'unknown';
        running?.telemetry.log('error', 'the primary process got no answer', { question, detail });
        return undefined;
      }
    },
  };
}

function startFailure(error: unknown): StartAnswer {
  if (error instanceof ConfigError) return { outcome: 'refused', problems: error.problems };
  if (error instanceof CertboundError) return { outcome: 'failed', detail: error.publicText };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { outcome: 'failed', detail: `internal error: ${detail}` };
}
