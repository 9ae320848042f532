/** A bound on how often something may happen: bursts are taken, a steady stream is not. */

export interface BucketOptions {
  /** What fits in at once. */
  readonly capacity: number;
  /** What flows out again each second. */
  readonly perSecond: number;
}

export interface LeakyBucket {
  /** Adds an amount at a time of `performance.now()`; false when the bucket overflows. */
  add(amount: number, now: number): boolean;
}

export function createLeakyBucket(
  { capacity, perSecond }: BucketOptions,
  createdAt: number,
): LeakyBucket {
  let level = 0;
  let changedAt = createdAt;
  return {
    add: (amount, now) => {
      const leaked = (Math.max(0, now - changedAt) * perSecond) / 1_000;
      changedAt = now;
      level = Math.max(0, level - leaked + amount);
      return level <= capacity;
    },
  };
}
