/** One distribution point: its lists, and when it is asked next. */

import type { Crl } from '../certificate/revocation/crl.ts';
import { keyIdOf } from '../certificate/revocation/crl-signatures.ts';
import { comparableName } from '../certificate/name/distinguished-name-key.ts';
import type { Anchor } from '../certificate/path/path-anchor.ts';

export interface CrlPointOptions {
  readonly refreshMs: number;
  readonly retryMs: number;
  readonly waitMs: number;
}

export interface CrlPointDeps {
  /** The lists of this moment, at least one; rejects with what is wrong. */
  readonly fetch: (held: readonly Crl[]) => Promise<readonly Crl[]>;
  readonly now: () => number;
  readonly onLists: () => void;
  readonly onFailure: (detail: string) => void;
  /** Nobody has needed the point for a whole round; it has ended. */
  readonly onIdle: () => void;
}

export interface CrlPoint {
  readonly url: string;
  readonly lists: () => readonly Crl[];
  /** Milliseconds since the epoch; in the past while the first answer is worth a wait. */
  readonly askAgainAt: () => number;
  /** Keeps the point alive for another round; what to wait for while it is new. */
  readonly need: () => Promise<void> | undefined;
  readonly close: () => void;
}

/** Equal for the same CA. A point is one CA's: what else lies behind its address does not count. */
export function issuerIdOf({ name, publicKey }: Anchor): string {
  return `${keyIdOf(publicKey)} ${comparableName(name)}`;
}

/** Asks at once. What was fetched stays in force while nothing newer can be had. */
export function openPoint(
  url: string,
  { refreshMs, retryMs, waitMs }: CrlPointOptions,
  deps: CrlPointDeps,
): CrlPoint {
  let lists: readonly Crl[] = [];
  let isNeeded = true;
  let isClosed = false;
  let askAgainAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  const hold = (fetched: readonly Crl[]): void => {
    // Who answers for the point can repeat an old list, which must not undo a newer one.
    if (isClosed || isSame(fetched, lists) || newestOf(fetched) < newestOf(lists)) return;
    lists = fetched;
    deps.onLists();
  };

  const visit = async (): Promise<void> => {
    isNeeded = false;
    let pauseMs = retryMs;
    try {
      hold(await deps.fetch(lists));
      const untilUpdate = Math.min(...lists.map(({ nextUpdate }) => nextUpdate)) - deps.now();
      // Half way: most CAs publish a list before the last one has ended, and none must be missed.
      pauseMs = Math.max(retryMs, Math.min(refreshMs, untilUpdate / 2));
    } catch (error) {
      deps.onFailure(error instanceof Error ? error.message : 'unreadable');
    }
    if (isClosed) return;
    askAgainAt = deps.now() + pauseMs;
    timer = setTimeout(() => {
      // What is worked out meanwhile rests on the lists held; a newer one replaces it.
      askAgainAt = deps.now() + retryMs;
      if (isNeeded) return void visit();
      isClosed = true;
      deps.onIdle();
    }, pauseMs);
    timer.unref();
  };

  let waiting: Promise<void> | undefined = withinTime(visit(), waitMs).then(() => {
    waiting = undefined;
    askAgainAt = Math.max(askAgainAt, deps.now() + retryMs);
  });

  return {
    url,
    lists: () => lists,
    askAgainAt: () => askAgainAt,
    need: () => {
      isNeeded = true;
      return waiting;
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Resolves when the work is done or the time is over, whichever comes first. */
async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

function isSame(a: readonly Crl[], b: readonly Crl[]): boolean {
  if (a.length !== b.length) return false;
  return a.every(
    (crl, index) => Buffer.compare(crl.signed, b[index]?.signed ?? new Uint8Array()) === 0,
  );
}

function newestOf(lists: readonly Crl[]): number {
  return Math.max(...lists.map(({ thisUpdate }) => thisUpdate));
}
