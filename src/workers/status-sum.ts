/** The status of several workers as one. What all of them have in common is that of the first. */

import type { StatusReport } from '../management/status-report.ts';
import type { HistorySnapshot, HistoryStep, LastOutcomes } from '../telemetry/history.ts';

type Status = Omit<StatusReport, 'readiness'>;

/** Returns the sum; undefined where there is none. Handshakes, requests and connections are added. */
export function statusSum(all: readonly Status[], startedAt: number): Status | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return {
    ...first,
    startedAt,
    listeners: first.listeners.map((listener) => ({
      ...listener,
      connections: sum(all, ({ listeners }) =>
        sum(
          listeners.filter(({ name }) => name === listener.name),
          ({ connections }) => connections,
        ),
      ),
    })),
    history: others.map(({ history }) => history).reduce(historySum, first.history),
  };
}

function historySum(one: HistorySnapshot, other: HistorySnapshot): HistorySnapshot {
  const steps = new Map(other.steps.map((step) => [step.startedAt, step]));
  const reasons = new Map(one.reasons);
  for (const [reason, count] of other.reasons) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  return {
    stepMs: one.stepMs,
    steps: one.steps.map((step) => stepSum(step, steps.get(step.startedAt))),
    reasons: [...reasons].toSorted(([, a], [, b]) => b - a),
    upstream: latest(one.upstream, other.upstream),
    store: latest(one.store, other.store),
  };
}

function stepSum(one: HistoryStep, other: HistoryStep | undefined): HistoryStep {
  if (other === undefined) return one;
  const { handshakes: a, requests: b } = one;
  const { handshakes: c, requests: d } = other;
  return {
    startedAt: one.startedAt,
    handshakes: { ok: a.ok + c.ok, failed: a.failed + c.failed },
    requests: {
      allowed: b.allowed + d.allowed,
      refused: b.refused + d.refused,
      failed: b.failed + d.failed,
    },
  };
}

function latest(one: LastOutcomes, other: LastOutcomes): LastOutcomes {
  return {
    succeededAt: later(one.succeededAt, other.succeededAt),
    failedAt: later(one.failedAt, other.failedAt),
  };
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
