/** Wrong codes of devices, counted so that guessing gets slower (RFC 8628 section 5.1). */

import { createFailureCounts } from './failure-counts.ts';
import { networkOf } from '../http/network.ts';

export interface CodeAttempts {
  /** Whether nothing is looked at that comes from this IP address now. */
  isBlocked(address: string): boolean;
  /** A code that is not there was entered. The right one takes nothing back: anybody can get one. */
  failed(address: string): void;
}

/**
 * Codes are of 34 bits, so that a network which is slowed from here on finds none; and no more is
 * counted than that, lest guesses from some networks keep people in others out.
 */
const FREE = 20;

const MAX_NETWORKS = 10_000;

/** @param now as `performance.now()`. */
export function createCodeAttempts({ now }: { readonly now: () => number }): CodeAttempts {
  const counts = createFailureCounts({ now, maxCounts: MAX_NETWORKS });
  return {
    isBlocked: (address) => counts.isBlocked(networkOf(address)),
    failed: (address) => counts.fail(networkOf(address), FREE),
  };
}
