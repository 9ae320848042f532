/**
 * Verdicts that were worked out once. An entry says for which certificates, by which policy and in
 * which trust generation it was found, and for which span of time it holds; all of it is compared at
 * every look, so that nothing outlives what it was derived from.
 */

/** A verdict with the span in which it holds, in milliseconds since the epoch, both inclusive. */
export interface DatedVerdict<T> {
  readonly verdict: T;
  readonly validFrom: number;
  readonly validUntil: number;
}

export interface VerdictCache<T> {
  /** The verdict of the key, when it holds at `now` in this generation. */
  get(key: string, generation: number, now: number): T | undefined;
  put(key: string, generation: number, dated: DatedVerdict<T>): void;
  readonly size: number;
}

/**
 * Holds at most `maxEntries`; the one that was looked at least lately goes first. Verdicts that
 * anyone can cause, such as refusals, belong into a cache of their own, so that they can't push out
 * the others.
 */
export function createVerdictCache<T>(maxEntries: number): VerdictCache<T> {
  const entries = new Map<string, DatedVerdict<T> & { readonly generation: number }>();
  /** That of the last look. */
  let latest: DatedVerdict<T> | undefined;
  return {
    get: (key, generation, now) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      const holds =
        entry.generation === generation && entry.validFrom <= now && now <= entry.validUntil;
      if (holds && entry === latest) return entry.verdict;
      // Removed and put back: a Map iterates in order of insertion, so the first is the oldest.
      entries.delete(key);
      if (!holds) return undefined;
      entries.set(key, entry);
      latest = entry;
      return entry.verdict;
    },
    put: (key, generation, dated) => {
      entries.delete(key);
      const entry = { ...dated, generation };
      entries.set(key, entry);
      latest = entry;
      if (entries.size <= maxEntries) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
    get size() {
      return entries.size;
    },
  };
}
