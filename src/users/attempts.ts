/** Failed logins, counted so that guessing gets slower: by user and network, by network, by user. */

import { networkOf } from '../http/network.ts';
import { createFailureCounts } from './failure-counts.ts';

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

/**
 * @param options `now` as `performance.now()`; `maxCounts` are kept at once, and beyond it the one that
 *   failed longest ago is forgotten.
 */
export function createAttempts({
  now,
  maxCounts = 30_000,
}: {
  readonly now: () => number;
  readonly maxCounts?: number;
}): Attempts {
  const counts = createFailureCounts({ now, maxCounts });
  return {
    isBlocked: (attempt) => keysOf(attempt).some(([key]) => counts.isBlocked(key)),
    failed(attempt) {
      for (const [key, free] of keysOf(attempt)) counts.fail(key, free);
    },
    succeeded: (attempt) => counts.forget(pairKey(attempt)),
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
