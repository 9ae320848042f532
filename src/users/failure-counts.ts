/** Failures counted by keys, each of which makes the next attempt under it wait longer. */

export interface FailureCounts {
  /** Whether an attempt under this key must wait. */
  isBlocked(key: string): boolean;
  /** @param free failures under the key before the first wait. */
  fail(key: string, free: number): void;
  forget(key: string): void;
}

/** The first wait; each failure after it doubles it. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 900_000;
/** So long after the last failure, or the wait that it led to, nothing is remembered. */
const MEMORY_MS = 3_600_000;

interface Count {
  readonly failures: number;
  /** As `performance.now()`. */
  readonly blockedUntil: number;
  readonly forgottenAt: number;
}

/** @param maxCounts kept at once; beyond it the one that failed longest ago is forgotten. */
export function createFailureCounts({
  now,
  maxCounts,
}: {
  readonly now: () => number;
  readonly maxCounts: number;
}): FailureCounts {
  // In the order of the last failure.
  const counts = new Map<string, Count>();

  function find(key: string): Count | undefined {
    const count = counts.get(key);
    if (count === undefined || count.forgottenAt > now()) return count;
    counts.delete(key);
    return undefined;
  }

  return {
    isBlocked: (key) => (find(key)?.blockedUntil ?? 0) > now(),

    fail(key, free) {
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
    },

    forget: (key) => void counts.delete(key),
  };
}
