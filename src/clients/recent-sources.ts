/** The key sources of clients that were not there at the start. */

import type { JwksSource } from './jwks-source.ts';

export interface JwksAddress {
  readonly uri: string;
  /** Whether it may lead to a private address. */
  readonly allowPrivate: boolean;
  /** Both in one: the leave of one client is not that of another. */
  readonly text: string;
}

export interface RecentSources {
  /** The source of the address, opened where it is not at hand. */
  of(address: JwksAddress): JwksSource;
  close(): void;
}

/** A key set has up to 256 KiB. */
const MAX_SOURCES = 256;

/**
 * Keeps the sources that were asked for last. One that is forgotten for another ends what it has
 * under way by itself, and is fetched anew when its client comes again.
 *
 * @param open may throw; nothing is kept then.
 */
export function createRecentSources(
  open: (address: JwksAddress) => JwksSource,
  { maxSources = MAX_SOURCES }: { readonly maxSources?: number } = {},
): RecentSources {
  // In the order in which they were last asked for.
  const sources = new Map<string, JwksSource>();
  return {
    of: (address) => {
      const source = sources.get(address.text) ?? open(address);
      sources.delete(address.text);
      sources.set(address.text, source);
      const [oldest] = sources.keys();
      if (sources.size > maxSources && oldest !== undefined) sources.delete(oldest);
      return source;
    },
    close: () => {
      for (const source of sources.values()) source.close();
      sources.clear();
    },
  };
}
