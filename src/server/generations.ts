/** The generation in force and those that still have requests of their own. */

import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Generation } from './generation.ts';

/** The time of one user of a generation, such as a request. */
export interface Lease {
  readonly generation: Generation;
  /** To be called once. */
  end(): void;
}

export interface Generations {
  readonly current: Generation;
  /** 1 for the one of the start, then one more for each reload. */
  readonly number: number;
  /** Keeps the generation in force from being closed until the lease ends. */
  lease(): Lease;
  /** Puts another in force. The one before is closed when its last lease has ended. */
  replace(next: Generation): void;
  /** Closes all of them. */
  close(): Promise<void>;
}

/**
 * How many are kept at most for requests that take long, and for how long. A tunnel can last for days;
 * what it needs of its generation it shares with the next one, unless the upstream is another.
 */
const MAX_RETIRED = 8;
const MAX_RETIRED_MS = 300_000;

interface Held {
  readonly generation: Generation;
  users: number;
  isRetired: boolean;
  end: () => void;
}

export function createGenerations(first: Generation, log: Telemetry['log']): Generations {
  const hold = (generation: Generation): Held => {
    generation.begin();
    return { generation, users: 0, isRetired: false, end: () => {} };
  };
  let current = hold(first);
  let number = 1;
  /** The oldest first. */
  const retired = new Set<Held>();
  const closing = new Set<Promise<void>>();

  const close = (held: Held): void => {
    if (retired.has(held)) held.end();
    retired.delete(held);
    const closed = held.generation
      .close()
      .catch((error: unknown) =>
        log('error', 'what a reload replaced could not be closed', {
          detail: error instanceof Error ? error.message : 'unknown',
        }),
      )
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  const retire = (held: Held): void => {
    held.isRetired = true;
    held.generation.retire();
    retired.add(held);
    const timer = setTimeout(() => close(held), MAX_RETIRED_MS);
    timer.unref();
    held.end = () => clearTimeout(timer);
    if (held.users === 0) close(held);
    const [oldest] = retired;
    if (retired.size > MAX_RETIRED && oldest !== undefined) close(oldest);
  };

  return {
    get current() {
      return current.generation;
    },
    get number() {
      return number;
    },
    lease: () => {
      const held = current;
      held.users += 1;
      return {
        generation: held.generation,
        end: () => {
          held.users -= 1;
          if (held.users === 0 && held.isRetired) close(held);
        },
      };
    },
    replace: (next) => {
      const old = current;
      current = hold(next);
      number += 1;
      retire(old);
    },
    close: async () => {
      current.generation.retire();
      for (const held of [...retired, current]) close(held);
      await Promise.all(closing);
    },
  };
}
