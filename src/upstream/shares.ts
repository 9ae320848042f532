/** How many connections each network holds. */

export interface Shares {
  take(network: string): void;
  giveBack(network: string): void;
  of(network: string): number;
}

/** Bounded by the connections that are held: a network without one is forgotten. */
export function createShares(): Shares {
  const held = new Map<string, number>();
  return {
    take: (network) => void held.set(network, (held.get(network) ?? 0) + 1),
    giveBack: (network) => {
      const left = (held.get(network) ?? 0) - 1;
      if (left > 0) held.set(network, left);
      else held.delete(network);
    },
    of: (network) => held.get(network) ?? 0,
  };
}
