/** How often one client, or one address, may ask. */

import { RequestError } from '../errors.ts';
import { createTokenBuckets } from './token-buckets.ts';
import type { BucketRule } from './token-buckets.ts';

export interface RateRule extends BucketRule {
  /** The key of the configuration, for the log. */
  readonly name: string;
  /** Whether requests for this path count. */
  readonly covers: (path: string) => boolean;
}

export interface RequestRates {
  /**
   * Counts a request by every rule that covers its path. Returns whether there is one.
   *
   * @throws RequestError 429 with `Retry-After` (RFC 6585 section 4, RFC 9110 section 10.2.3) by the
   * first rule that is exceeded; those behind it have not counted.
   */
  count(key: string, path: string): boolean;
}

/** @param now as `performance.now()`: no clock that is set back gives anybody more. */
export function createRequestRates(rules: readonly RateRule[], now: () => number): RequestRates {
  const counted = rules.map((rule) => ({ rule, buckets: createTokenBuckets(rule) }));
  return {
    count: (key, path) => {
      let isCovered = false;
      for (const { rule, buckets } of counted) {
        if (!rule.covers(path)) continue;
        isCovered = true;
        const waitMs = buckets.take(key, now());
        if (waitMs > 0) throw exceeded(rule, waitMs);
      }
      return isCovered;
    },
  };
}

function exceeded({ name }: RateRule, waitMs: number): RequestError {
  return new RequestError({
    status: 429,
    code: 'temporarily_unavailable',
    reason: 'rate_exceeded',
    publicText: 'too many requests; try again later',
    detail: `more than ${name} allows`,
    headers: [['retry-after', String(Math.ceil(waitMs / 1_000))]],
  });
}
