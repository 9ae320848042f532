/** How many connections one address may have, and how many handshakes it may begin. */

import { createTokenBuckets } from './token-buckets.ts';
import type { BucketRule, TokenBuckets } from './token-buckets.ts';

export interface AddressLimits {
  /** Connections at once; undefined where only those of all addresses are bounded. */
  readonly maxConnections: number | undefined;
  readonly handshakes: BucketRule | undefined;
}

export interface AddressCounts {
  /**
   * Counts a connection in until `leave` is called, or says why it must not be taken. Limits may
   * be others than those of the call before, as after a reload; what is open counts on.
   *
   * @param address an IPv4 address, or the network of an IPv6 one.
   * @param now of `performance.now()`
   */
  enter(
    address: string,
    limits: AddressLimits,
    now: number,
  ): 'taken' | 'connections_exceeded' | 'handshakes_exceeded';
  leave(address: string): void;
}

/** Bounded by the connections that are open: an address without one is forgotten. */
export function createAddressCounts(): AddressCounts {
  const open = new Map<string, number>();
  let handshakes: { readonly rule: BucketRule; readonly buckets: TokenBuckets } | undefined;
  const bucketsFor = (rule: BucketRule): TokenBuckets => {
    const { burst, perSecond } = handshakes?.rule ?? {};
    if (handshakes === undefined || rule.burst !== burst || rule.perSecond !== perSecond) {
      handshakes = { rule, buckets: createTokenBuckets(rule) };
    }
    return handshakes.buckets;
  };
  return {
    enter: (address, limits, now) => {
      const count = open.get(address) ?? 0;
      if (count >= (limits.maxConnections ?? Infinity)) return 'connections_exceeded';
      const rule = limits.handshakes;
      if (rule !== undefined && bucketsFor(rule).take(address, now) > 0) {
        return 'handshakes_exceeded';
      }
      open.set(address, count + 1);
      return 'taken';
    },
    leave: (address) => {
      const count = (open.get(address) ?? 0) - 1;
      if (count > 0) open.set(address, count);
      else open.delete(address);
    },
  };
}
