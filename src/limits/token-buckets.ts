/**
 * A bucket of tokens for each key, as the generic cell rate algorithm has it: all that is kept of a
 * bucket is the time at which it will be full again.
 */

export interface BucketRule {
  /** Tokens that a full bucket holds; 1 or more. */
  readonly burst: number;
  /** Tokens that come back each second. */
  readonly perSecond: number;
}

export interface TokenBuckets {
  /**
   * Takes a token at a time of `performance.now()`. Returns 0, or where there is none the
   * milliseconds until there is one.
   */
  take(key: string, now: number): number;
  /** Buckets that are kept. */
  size(): number;
}

/** What rounding may add to a wait, in milliseconds: most rates have no whole number of them. */
const ROUNDING_MS = 1e-3;

/** Some 10 MB of addresses. */
const MAX_BUCKETS = 50_000;

/**
 * @param maxBuckets kept at once. Beyond it the one that was asked least recently goes, also one that
 * refused: so whoever wants his own forgotten has to ask from as many other addresses first, each of
 * which has a full bucket anyway.
 */
export function createTokenBuckets(
  { burst, perSecond }: BucketRule,
  maxBuckets = MAX_BUCKETS,
): TokenBuckets {
  const tokenMs = 1_000 / perSecond;
  const roomMs = burst * tokenMs;
  // In the order in which they were asked.
  const fullAt = new Map<string, number>();
  return {
    take: (key, now) => {
      const before = Math.max(fullAt.get(key) ?? now, now);
      const missingMs = before + tokenMs - now - roomMs;
      const waitMs = missingMs > ROUNDING_MS ? missingMs : 0;
      fullAt.delete(key);
      fullAt.set(key, waitMs > 0 ? before : before + tokenMs);
      if (fullAt.size > maxBuckets) fullAt.delete(fullAt.keys().next().value ?? key);
      return waitMs;
    },
    size: () => fullAt.size,
  };
}
