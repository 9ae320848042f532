/**
 * What generations of the gateway have in common: a part that two of them need with equal options is
 * opened once, keeps what it has learnt, and is closed when the last that uses it has gone.
 */

import { isDeepStrictEqual } from 'node:util';

import { StartError } from '../errors.ts';
import type { Announcements, Topic, Words } from './announcements.ts';

/** Registers what must be closed, latest first. */
export type OnStop = (close: () => Promise<void>) => void;

/** The other processes of the gateway, as a part knows them: until it is closed. */
export interface Others extends Pick<Announcements, 'tell'> {
  hear<T extends Topic>(topic: T, listener: (...word: Words[T]) => void): void;
}

/** The parts of one generation. */
export interface Parts {
  /**
   * Returns the part that was opened for equal options, else opens it.
   *
   * @param kind of the part; parts of two kinds are never the same.
   * @throws StartError when the generation has been given up meanwhile, and what `open` throws.
   */
  use<Part>(kind: string, options: unknown, open: (onStop: OnStop, others: Others) => Part): Part;
  /** Closes what no other generation uses. Idempotent. */
  release(): Promise<void>;
}

interface Entry {
  readonly kind: string;
  readonly options: unknown;
  readonly part: unknown;
  readonly closing: AsyncDisposableStack;
  users: number;
}

/** Returns a function that gives each generation its parts. */
export function createSharedParts({ tell, hear }: Announcements): () => Parts {
  const entries = new Set<Entry>();

  const find = (kind: string, options: unknown): Entry | undefined =>
    entries
      .values()
      .find((entry) => entry.kind === kind && isDeepStrictEqual(entry.options, options));

  const openEntry = (
    kind: string,
    options: unknown,
    open: (onStop: OnStop, others: Others) => unknown,
  ): Entry => {
    const closing = new AsyncDisposableStack();
    const onStop: OnStop = (close) => {
      // Released while it was still being opened: nobody else closes it.
      if (closing.disposed) close().catch(() => undefined);
      else closing.defer(close);
    };
    const part = open(onStop, {
      tell,
      hear: (topic, listener) => closing.defer(hear(topic, listener)),
    });
    const entry = { kind, options, part, closing, users: 0 };
    entries.add(entry);
    return entry;
  };

  return () => {
    const used = new Set<Entry>();
    let released: Promise<void> | undefined;

    const release = async (): Promise<void> => {
      // Latest first, and all of them also where one can't be closed.
      await using closing = new AsyncDisposableStack();
      for (const entry of used) {
        entry.users -= 1;
        if (entry.users > 0) continue;
        entries.delete(entry);
        closing.use(entry.closing);
      }
    };

    return {
      use: <Part>(
        kind: string,
        options: unknown,
        open: (onStop: OnStop, others: Others) => Part,
      ): Part => {
        if (released !== undefined) throw new StartError('the gateway stops');
        const entry = find(kind, options) ?? openEntry(kind, options, open);
        if (!used.has(entry)) entry.users += 1;
        used.add(entry);
        return entry.part as Part;
      },
      release: () => (released ??= release()),
    };
  };
}
