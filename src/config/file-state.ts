/** What tells whether a file has changed, without reading it. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface FileState {
  /** Another text whenever the file, or the one that it leads to, has been written or replaced. */
  readonly state: string;
  /** Milliseconds since the epoch; 0 where there is no file. */
  readonly changedAt: number;
}

/** In step with what is read of a folder. */
const MAX_ENTRIES = 1_024;

/** Returns the state of a file, or of a folder with all its files. Never rejects. */
export async function fileState(path: string): Promise<FileState> {
  const own = await stateOf(path);
  if (!own.isFolder) return own;
  const names = await readdir(path).catch((): string[] => []);
  const entries = await Promise.all(
    names
      .slice(0, MAX_ENTRIES)
      .map(async (name) => ({ name, ...(await stateOf(join(path, name))) })),
  );
  return {
    state: [own.state, ...entries.map(({ name, state }) => `${name} ${state}`).toSorted()].join(
      ';',
    ),
    changedAt: Math.max(own.changedAt, ...entries.map(({ changedAt }) => changedAt)),
  };
}

async function stateOf(path: string): Promise<FileState & { readonly isFolder: boolean }> {
  try {
    const facts = await stat(path, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = facts;
    return {
      state: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
      changedAt: Number(ctimeNs / 1_000_000n),
      isFolder: facts.isDirectory(),
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { state: code, changedAt: 0, isFolder: false };
  }
}
