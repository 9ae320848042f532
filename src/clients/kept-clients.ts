/** What was found in a store about clients, kept for a short time. */

export interface KeptClientsOptions<Found> {
  /** Asks the store. */
  readonly read: (clientId: string) => Promise<Found | undefined>;
  /** For so long a change that another replica made is not seen. */
  readonly maxAgeMs: number;
  /** Beyond it, what was asked for longest ago is forgotten. */
  readonly maxEntries: number;
  /** Milliseconds; only differences count. */
  readonly now: () => number;
}

export interface KeptClients<Found> {
  /** Rejects as `read` does; a failure is not kept. Requests for one client share one question. */
  find(clientId: string): Promise<Found | undefined>;
  /** From now on the store is asked again, also by those whose question is under way. */
  forget(clientId: string): void;
}

interface Entry<Found> {
  readonly answer: Promise<Found | undefined>;
  readonly since: number;
}

/** Keeps that there is no such client, too: who asks has to keep made-up names away from here. */
export function createKeptClients<Found>(options: KeptClientsOptions<Found>): KeptClients<Found> {
  const { read, maxAgeMs, maxEntries, now } = options;
  // In the order in which they were last asked for.
  const entries = new Map<string, Entry<Found>>();

  const ask = (clientId: string): Entry<Found> => {
    const entry = { answer: read(clientId), since: now() };
    entry.answer.catch(() => {
      if (entries.get(clientId) === entry) entries.delete(clientId);
    });
    return entry;
  };

  return {
    find: (clientId) => {
      const held = entries.get(clientId);
      const isFresh = held !== undefined && now() - held.since < maxAgeMs;
      const entry = isFresh ? held : ask(clientId);
      entries.delete(clientId);
      entries.set(clientId, entry);
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
      return entry.answer;
    },
    forget: (clientId) => void entries.delete(clientId),
  };
}
