/** Events of the folders in which files stand. */

import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface FolderWatch {
  /** Watches the folders of these files and no others. Returns whether all of them are watched. */
  watch(files: readonly string[]): Promise<boolean>;
  /** Nothing is watched any more, nor again. */
  close(): void;
}

/** Each takes one of the few watches that a user may have. */
const MAX_FOLDERS = 64;

/** @param onEvent called for whatever happens in one of the folders. */
export function createFolderWatch(onEvent: () => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let isClosed = false;

  const close = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  const open = (folder: string): boolean => {
    if (watchers.has(folder)) return true;
    try {
      const watcher = watch(folder, { persistent: false }, onEvent);
      watchers.set(folder, watcher);
      watcher.on('error', () => close(folder));
      return true;
    } catch {
      // Out of watches, or no such folder.
      return false;
    }
  };

  return {
    watch: async (files) => {
      const places = await Promise.all(files.map(foldersOf));
      const wanted = [...new Set(places.flat())];
      if (isClosed) return false;
      const kept = new Set(wanted.slice(0, MAX_FOLDERS));
      for (const folder of watchers.keys()) if (!kept.has(folder)) close(folder);
      const opened = [...kept].map(open);
      return wanted.length <= MAX_FOLDERS && opened.every(Boolean);
    },
    close: () => {
      isClosed = true;
      for (const folder of watchers.keys()) close(folder);
    },
  };
}

/** Where the file stands, and where it leads to. Kubernetes swaps a link beside the first. */
async function foldersOf(file: string): Promise<readonly string[]> {
  try {
    const real = await realpath(file);
    const isFolder = (await stat(real)).isDirectory();
    return [dirname(file), isFolder ? real : dirname(real)];
  } catch {
    return [dirname(file)];
  }
}
