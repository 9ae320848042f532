/** What the management listener serves where several workers serve clients. */

import type { ManagementDeps } from '../management/management.ts';
import type { Readiness } from '../management/probes.ts';
import type { ReloadStatus } from '../management/status-report.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Fleet } from './fleet.ts';
import type { Question, Questions } from './messages.ts';
import { statusSum } from './status-sum.ts';

export interface AskedOfAllDeps {
  readonly fleet: Pick<Fleet, 'serving'>;
  /** How many workers there should be. */
  readonly count: number;
  readonly telemetry: Telemetry;
  /** Of all workers; undefined where there was none. */
  readonly lastReload: () => ReloadStatus | undefined;
}

/** One that is busy for longer is left out, or counts as it did last. */
const TIMEOUT_MS = 1_500;
const EXPLAIN_TIMEOUT_MS = 30_000;
const NO_WORKER = {
  status: 503,
  body: { error: { code: 'temporarily_unavailable', message: 'no worker serves' } },
};

/** Returns the answers for all workers together. */
export function askedOfAll({ fleet, count, telemetry, lastReload }: AskedOfAllDeps): Pick<
  ManagementDeps,
  'render' | 'ready' | 'explain'
> & {
  readonly status: NonNullable<ManagementDeps['status']>;
} {
  const startedAt = Date.now();

  const ask = async <Q extends Question>(question: Q, asked: Questions[Q]['asked']) =>
    Promise.all(
      fleet.serving.map(
        async (member) => [member.id, await member.ask(question, asked, TIMEOUT_MS)] as const,
      ),
    );

  const ready = async (): Promise<Readiness> => {
    const answers = (await ask('readiness', undefined)).map(([, answer]) => answer);
    // As long as one serves, connections go to it: to be taken out of service would lose it, too.
    const best = answers.find((answer) => answer?.ready) ?? answers.find(Boolean);
    const there = answers.filter(Boolean).length;
    const workers = there === count ? 'ok' : `${there} of ${count} answer`;
    return { ready: best?.ready ?? false, checks: { workers, ...best?.checks } };
  };

  return {
    render: async (accept) =>
      telemetry.metrics.renderSum(accept, new Map(await ask('samples', undefined))),
    ready,
    status: async () => {
      const answers = (await ask('status', undefined)).map(([, answer]) => answer);
      const known = answers.filter((answer) => answer !== undefined);
      const status = statusSum(known, startedAt);
      if (status === undefined) throw new Error('no worker answers');
      const reload = lastReload();
      return { ...status, ...(reload !== undefined && { lastReload: reload }) };
    },
    explain: async (pem, about) => {
      const [member] = fleet.serving;
      return (await member?.ask('explain', { pem, about }, EXPLAIN_TIMEOUT_MS)) ?? NO_WORKER;
    },
  };
}
