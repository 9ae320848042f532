/** What strangers have begun and not finished: counted, since something is kept for each of them. */

import { networkOf } from '../http/network.ts';

export interface Unfinished {
  /** Counts what has this id, unless it is counted already or nothing more may be begun. */
  begin(id: string, address: string): 'begun' | 'network_full' | 'full';
  /** What has this id is finished, or was never begun. */
  end(id: string): void;
}

export interface UnfinishedOptions {
  /** As `performance.now()`. */
  readonly now: () => number;
  /** How long at most something is kept for what nobody finishes. */
  readonly lifetimeMs: number;
  /**
   * Those of one network: many people may be behind one address, and each takes a minute or so. From
   * half of `max` on they are fewer, the less is left of it.
   */
  readonly maxOfNetwork?: number;
  /** Those of all: some 2 KB are kept for each. */
  readonly max?: number;
}

/** Counts of this process alone; what another one finishes counts here until its time is over. */
export function createUnfinished({
  now,
  lifetimeMs,
  maxOfNetwork = 1_000,
  max = 50_000,
}: UnfinishedOptions): Unfinished {
  // In the order in which they end by themselves.
  const begun = new Map<string, { readonly network: string; readonly endsAt: number }>();
  const ofNetwork = new Map<string, number>();

  function end(id: string): void {
    const found = begun.get(id);
    if (found === undefined) return;
    begun.delete(id);
    const rest = (ofNetwork.get(found.network) ?? 0) - 1;
    if (rest > 0) ofNetwork.set(found.network, rest);
    else ofNetwork.delete(found.network);
  }

  /** No more than a few at a time: all may have come at once. */
  function dropEnded(): void {
    let dropped = 0;
    for (const [id, { endsAt }] of begun) {
      if (endsAt > now() || dropped === 100) return;
      end(id);
      dropped += 1;
    }
  }

  /** So that a few networks which begin all they may leave room for the others. */
  function shareOfNetwork(): number {
    const left = (max - begun.size) / (max / 2);
    return Math.ceil(maxOfNetwork * Math.min(1, left));
  }

  return {
    begin(id, address) {
      dropEnded();
      if (begun.has(id)) return 'begun';
      const network = networkOf(address);
      const count = ofNetwork.get(network) ?? 0;
      if (begun.size >= max) return 'full';
      if (count >= shareOfNetwork()) return 'network_full';
      begun.set(id, { network, endsAt: now() + lifetimeMs });
      ofNetwork.set(network, count + 1);
      return 'begun';
    },
    end,
  };
}
