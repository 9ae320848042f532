/** Failed logins, counted so that guessing gets slower: by user and network, by network, by user. */

import { networkOf } from './network.ts';

export interface Attempt {
  readonly name: string;
  /** IP address of whoever tries. */
  readonly address: string;
}

export interface Attempts {
  /** Whether this attempt must wait; it is then neither looked at nor counted. */
  isBlocked(attempt: Attempt): boolean;
  failed(attempt: Attempt): void;
  /** The right password: what was mistyped from this network before no longer counts. */
  succeeded(attempt: Attempt): void;
}

/**
 * Failures that are free, for each of the counts. One network holds many people, and the wrong
 * passwords of others must not keep somebody out soon; yet with enough networks or names, guessing
 * is slowed, too.
 */
const FREE = { pair: 5, network: 50, name: 100 } as const;

/** The first wait; each failure after it doubles it. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 900_000;
/** So long after the last failure, or the wait that it led to, nothing is remembered. */
const MEMORY_MS = 3_600_000;

interface Count {
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly blockedUntil: number;
  readonly forgottenAt: number;
}

/** @param maxCounts kept at once; beyond it the one that failed longest ago is forgotten. */
export function createAttempts({
  now,
  maxCounts = 30_000,
}: {
  readonly now: () => number;
  readonly maxCounts?: number;
}): Attempts {
  // In the order of the last failure.
  const counts = new Map<string, Count>();

  function find(key: string): Count | undefined {
    const count = counts.get(key);
    if (count === undefined || count.forgottenAt > now()) return count;
    counts.delete(key);
    return undefined;
  }

  function fail(key: string, free: number): void {
    const failures = (find(key)?.failures ?? 0) + 1;
    const waitMs =
      failures < free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - free), LONGEST_WAIT_MS);
    const blockedUntil = now() + waitMs;
    counts.delete(key);
    counts.set(key, { failures, blockedUntil, forgottenAt: blockedUntil + MEMORY_MS });
    for (const oldest of counts.keys()) {
      if (counts.size <= maxCounts) break;
      counts.delete(oldest);
    }
  }

  return {
    isBlocked: (attempt) => keysOf(attempt).some(([key]) => (find(key)?.blockedUntil ?? 0) > now()),
    failed(attempt) {
      for (const [key, free] of keysOf(attempt)) fail(key, free);
    },
    succeeded: (attempt) => void counts.delete(pairKey(attempt)),
  };
}

function keysOf(attempt: Attempt): readonly (readonly [string, number])[] {
  return [
    [`network ${networkOf(attempt.address)}`, FREE.network],
    [`name ${attempt.name}`, FREE.name],
    [pairKey(attempt), FREE.pair],
  ];
}

function pairKey({ name, address }: Attempt): string {
  return `pair ${networkOf(address)} ${name}`;
}
