/** What strangers have begun and not finished: counted, since something is kept for each of them. */

import { networkOf, siteOf } from '../http/network.ts';

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

/** A subscriber may have thousands of networks: together they may begin what so many may. */
const NETWORKS_OF_SITE = 4;

/** Counts of this process alone; what another one finishes counts here until its time is over. */
export function createUnfinished({
  now,
  lifetimeMs,
  maxOfNetwork = 1_000,
  max = 50_000,
}: UnfinishedOptions): Unfinished {
  // In the order in which they end by themselves.
  const begun = new Map<string, { readonly places: Places; readonly endsAt: number }>();
  const ofPlace = new Map<string, number>();

  const countOf = (place: string): number => ofPlace.get(place) ?? 0;

  function end(id: string): void {
    const found = begun.get(id);
    if (found === undefined) return;
    begun.delete(id);
    for (const place of found.places) {
      const rest = countOf(place) - 1;
      if (rest > 0) ofPlace.set(place, rest);
      else ofPlace.delete(place);
    }
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
      if (begun.size >= max) return 'full';
      const places = placesOf(address);
      const [network, site] = places;
      const share = shareOfNetwork();
      if (countOf(network) >= share) return 'network_full';
      if (countOf(site) >= share * NETWORKS_OF_SITE) return 'network_full';
      begun.set(id, { places, endsAt: now() + lifetimeMs });
      for (const place of places) ofPlace.set(place, countOf(place) + 1);
      return 'begun';
    },
    end,
  };
}

type Places = readonly [network: string, site: string];

function placesOf(address: string): Places {
  return [`network ${networkOf(address)}`, `site ${siteOf(address)}`];
}
