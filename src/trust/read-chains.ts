/**
 * Chains that were read before, for clients that connect again: reading one costs as much as all that
 * is asked of it afterwards.
 */

import type { ReadChain } from './reading.ts';

export interface ReadChains {
  get(digest: string): ReadChain | undefined;
  put(chain: ReadChain): void;
}

/** Holds at most `maxEntries`; the one that was asked for least lately goes first. */
export function createReadChains(maxEntries: number): ReadChains {
  const chains = new Map<string, ReadChain>();
  return {
    get: (digest) => {
      const chain = chains.get(digest);
      if (chain === undefined) return undefined;
      // Removed and put back: a Map iterates in order of insertion, so the first is the oldest.
      chains.delete(digest);
      chains.set(digest, chain);
      return chain;
    },
    put: (chain) => {
      chains.set(chain.digest, chain);
      if (chains.size <= maxEntries) return;
      const [oldest] = chains.keys();
      if (oldest !== undefined) chains.delete(oldest);
    },
  };
}
