/**
 * Notices that files have changed. The system's events say when to look, and a timer looks in any
 * case: no event comes from network file systems, or when a folder of a link far away is replaced.
 * What counts is the state of the files, compared with the one that was acted on last.
 */

import { isDeepStrictEqual } from 'node:util';

import { fileState } from './file-state.ts';
import type { FileState } from './file-state.ts';
import { createFolderWatch } from './watch-folders.ts';

export interface FileWatchSource {
  /** Files and folders, of this moment. None: nothing is looked at. */
  readonly files: () => readonly string[];
  /** They must have stayed the same for so long. */
  readonly settleMs: () => number;
}

export interface FileWatchOptions extends FileWatchSource {
  /** Milliseconds since the epoch: what changed later has not been read. */
  readonly since: number;
}

export interface FileWatch {
  /** Resolves when the folders are watched. */
  readonly begun: Promise<void>;
  /** From now on no change is told. */
  close(): void;
}

/** Where every folder tells its events; else the shorter one. */
const POLL_MS = { watched: 5_000, unwatched: 1_000 } as const;
/** Events of other files of a folder must not keep us busy. */
const PAUSE_MS = 200;
/** Whoever writes without end is read all the same. */
const MAX_SETTLES = 10;

/** @param onChange called once the files have settled, never twice at once. */
export function watchFiles(
  { files, settleMs, since }: FileWatchOptions,
  onChange: () => Promise<unknown>,
): FileWatch {
  /** What was acted on last, by file. */
  const acted = new Map<string, string>();
  let lookedAt = since;
  const begun = Promise.withResolvers<void>();
  let isClosed = false;
  /** An event came that was not looked at. */
  let isWoken = false;
  let endWait = (): void => {};
  let closeWait = (): void => {};
  const folders = createFolderWatch(() => {
    isWoken = true;
    endWait();
  });

  const wait = async (ms: number): Promise<void> => {
    if (isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    timer.unref();
    closeWait = resolve;
    await promise;
    clearTimeout(timer);
  };

  /** Until the next event, or for so long. */
  const waitForEvent = async (ms: number): Promise<void> => {
    if (isWoken) return;
    endWait = () => closeWait();
    await wait(ms);
    endWait = () => {};
  };

  const states = (): Promise<readonly (FileState & { readonly file: string })[]> =>
    Promise.all(files().map(async (file) => ({ file, ...(await fileState(file)) })));

  /** Whether any file is another than when it was acted on. One named only now is, if it is younger. */
  const hasChanged = async (): Promise<boolean> => {
    const [before, now] = [lookedAt, Date.now()];
    const found = await states();
    lookedAt = now;
    const changed = found.filter(({ file, state, changedAt }) => {
      const then = acted.get(file);
      return then === undefined ? changedAt > before : then !== state;
    });
    if (changed.length === 0) act(found);
    return changed.length > 0;
  };

  const act = (found: Awaited<ReturnType<typeof states>>): void => {
    acted.clear();
    for (const { file, state } of found) acted.set(file, state);
  };

  const settle = async (): Promise<void> => {
    let last = await states();
    for (let round = 0; round < MAX_SETTLES && !isClosed; round += 1) {
      await wait(settleMs());
      const now = await states();
      const isSame = isDeepStrictEqual(now, last);
      last = now;
      if (isSame) break;
    }
    act(last);
  };

  const run = async (): Promise<void> => {
    while (!isClosed) {
      isWoken = false;
      // Before the look: what changes from now on is told.
      const isWatched = await folders.watch(files());
      begun.resolve();
      if (await hasChanged()) {
        await settle();
        if (isClosed) return;
        await onChange();
        // Other files may be named now.
        isWoken = true;
      }
      await wait(PAUSE_MS);
      await waitForEvent(isWatched ? POLL_MS.watched : POLL_MS.unwatched);
    }
  };
  void run();

  return {
    begun: begun.promise,
    close: () => {
      isClosed = true;
      folders.close();
      closeWait();
    },
  };
}
