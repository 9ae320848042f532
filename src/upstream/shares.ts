/** How many connections each network holds. */

export interface Shares {
  take(network: string): void;
  giveBack(network: string): void;
  of(network: string): number;
}

/** So many networks are known without a connection: the next request is theirs, too, as a rule. */
const MAX_KNOWN = 64;

/** Bounded by that and by the connections that are held. */
export function createShares(): Shares {
  const held = new Map<string, number>();
  return {
    take: (network) => void held.set(network, (held.get(network) ?? 0) + 1),
    giveBack: (network) => {
      const left = Math.max((held.get(network) ?? 0) - 1, 0);
      if (left > 0 || held.size <= MAX_KNOWN) held.set(network, left);
      else held.delete(network);
    },
    of: (network) => held.get(network) ?? 0,
  };
}
