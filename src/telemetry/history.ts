/** The last hour in steps of half a minute, for people who look at the status page. */

import type { Reason } from '../errors.ts';
import type { HandshakeEvent, RequestRecord } from './events.ts';

/** Counts of one step. */
export interface HistoryStep {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly handshakes: { readonly ok: number; readonly failed: number };
  readonly requests: {
    readonly allowed: number;
    readonly refused: number;
    readonly failed: number;
  };
}

export interface HistorySnapshot {
  readonly stepMs: number;
  /** Oldest first, without gaps; the last one is still growing. */
  readonly steps: readonly HistoryStep[];
  /** Of all steps, the most frequent first; handshakes that failed included. */
  readonly reasons: readonly (readonly [reason: Reason, count: number])[];
  /** When the upstream last gave an answer, and last gave none; undefined while it never did. */
  readonly upstream: LastOutcomes;
  readonly store: LastOutcomes;
}

export interface LastOutcomes {
  /** Milliseconds since the epoch. */
  readonly succeededAt: number | undefined;
  readonly failedAt: number | undefined;
}

export interface History {
  handshake(event: HandshakeEvent): void;
  /** @param at when it ended, in milliseconds since the epoch. */
  request(record: Pick<RequestRecord, 'decision' | 'reason'>, at: number): void;
  refused(reason: Reason): void;
  upstream(hasAnswered: boolean): void;
  store(isOk: boolean): void;
  snapshot(): HistorySnapshot;
}

interface Step {
  readonly number: number;
  readonly handshakes: { ok: number; failed: number };
  readonly requests: { allowed: number; refused: number; failed: number };
  /** The reasons are a closed list, so that a step is bounded. */
  readonly reasons: Map<Reason, number>;
}

const STEP_MS = 30_000;
const STEPS = 120;

/** @param now milliseconds since the epoch. */
export function createHistory(now: () => number = Date.now): History {
  /** A ring: the step of number n stands at n modulo its length. */
  const ring: Step[] = [];
  const upstream: Mutable = { succeededAt: undefined, failedAt: undefined };
  const store: Mutable = { succeededAt: undefined, failedAt: undefined };

  const step = (at = now()): Step => {
    const number = Math.floor(at / STEP_MS);
    const standing = ring[number % STEPS];
    if (standing?.number === number) return standing;
    const fresh = emptyStep(number);
    ring[number % STEPS] = fresh;
    return fresh;
  };
  const note = ({ reasons }: Step, reason: Reason): void => {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };

  return {
    handshake: (event) => {
      const growing = step();
      if (event.kind === 'handshake_completed') growing.handshakes.ok += 1;
      else {
        growing.handshakes.failed += 1;
        note(growing, event.reason);
      }
    },
    request: ({ decision, reason }, at) => {
      const growing = step(at);
      growing.requests[decision] += 1;
      if (reason !== undefined) note(growing, reason);
    },
    refused: (reason) => {
      const growing = step();
      growing.requests.refused += 1;
      note(growing, reason);
    },
    upstream: (hasAnswered) => {
      upstream[hasAnswered ? 'succeededAt' : 'failedAt'] = now();
    },
    store: (isOk) => {
      store[isOk ? 'succeededAt' : 'failedAt'] = now();
    },
    snapshot: () => {
      const last = Math.floor(now() / STEP_MS);
      const steps = Array.from({ length: STEPS }, (_, index) => {
        const number = last - STEPS + 1 + index;
        const standing = ring[number % STEPS];
        return standing?.number === number ? standing : emptyStep(number);
      });
      return {
        stepMs: STEP_MS,
        steps: steps.map(({ number, handshakes, requests }) => ({
          startedAt: number * STEP_MS,
          handshakes: { ...handshakes },
          requests: { ...requests },
        })),
        reasons: sumOf(steps),
        upstream: { ...upstream },
        store: { ...store },
      };
    },
  };
}

type Mutable = { -readonly [Key in keyof LastOutcomes]: LastOutcomes[Key] };

function emptyStep(number: number): Step {
  return {
    number,
    handshakes: { ok: 0, failed: 0 },
    requests: { allowed: 0, refused: 0, failed: 0 },
    reasons: new Map(),
  };
}

function sumOf(steps: readonly Step[]): HistorySnapshot['reasons'] {
  const sums = new Map<Reason, number>();
  for (const { reasons } of steps) {
    for (const [reason, count] of reasons) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  return [...sums].toSorted(([, one], [, other]) => other - one);
}
