/**
 * Chains that were read before, for clients that connect again: reading one costs as much as all that
 * is asked of it afterwards.
 */

import { digestOf } from './reading.ts';
import type { KnownChains, PresentedChain, ReadChain } from './reading.ts';

export interface ReadChains extends KnownChains {
  put(chain: ReadChain): void;
}

/** Holds at most `maxEntries`; the one that was asked for least lately goes first. */
export function createReadChains(maxEntries: number): ReadChains {
  const chains = new Map<string, ReadChain>();
  // Resumed connections share the list of their full handshake.
  const digests = new WeakMap<PresentedChain['certificates'], string>();
  return {
    digestOf: (certificates) => {
      const before = digests.get(certificates);
      if (before !== undefined) return before;
      const digest = digestOf(certificates);
      digests.set(certificates, digest);
      return digest;
    },
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
