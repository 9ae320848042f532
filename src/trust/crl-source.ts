/** The CRLs at hand: read from files and addresses of the configuration, again and again. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { readCrls } from '../certificate/crl-file.ts';
import type { Crl } from '../certificate/crl.ts';
import { createCrlSet } from '../certificate/crl-set.ts';
import type { CrlSet } from '../certificate/crl-set.ts';
import { CertboundError, StartError } from '../errors.ts';

export interface CrlSourceOptions {
  /** Files, or folders whose files are all CRLs. */
  readonly files: readonly string[];
  readonly urls: readonly string[];
  readonly refreshMs: number;
}

export interface CrlSourceDeps {
  readonly fetch: (url: string) => Promise<Uint8Array>;
  /** Told of every place that could not be read; what was read from it before stays in force. */
  readonly onFailure: (place: string, detail: string) => void;
  /** Called after each change of the set. */
  readonly onChange: (crls: CrlSet) => void;
}

export interface CrlSource {
  readonly current: () => CrlSet;
  /** Reads every place once; places that fail keep what they had. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * Reads the files, which must all be readable, and asks the addresses, which may be silent at the
 * start: what nothing is known about is then a matter of the revocation mode.
 *
 * @throws StartError naming a file that can't be read.
 */
export async function openCrlSource(
  { files, urls, refreshMs }: CrlSourceOptions,
  deps: CrlSourceDeps,
): Promise<CrlSource> {
  const held = new Map<string, readonly Crl[]>();
  for (const place of files) held.set(place, await readPlace(place));
  let set = createCrlSet([...held.values()].flat());
  let isClosed = false;

  const readAgain = async (place: string, read: () => Promise<readonly Crl[]>): Promise<void> => {
    try {
      held.set(place, await read());
    } catch (error) {
      const detail = error instanceof CertboundError ? error.message : describe(error);
      if (!isClosed) deps.onFailure(place, detail);
    }
  };
  const refresh = async (): Promise<void> => {
    await Promise.all([
      ...files.map((place) => readAgain(place, () => readPlace(place))),
      ...urls.map((url) => readAgain(url, async () => readCrls(await deps.fetch(url)))),
    ]);
    if (isClosed) return;
    set = createCrlSet([...held.values()].flat());
    deps.onChange(set);
  };

  if (urls.length > 0) await refresh();
  const timer = setInterval(() => void refresh(), refreshMs);
  timer.unref();
  return {
    current: () => set,
    refresh,
    close: () => {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

async function readPlace(place: string): Promise<readonly Crl[]> {
  try {
    const facts = await stat(place);
    if (!facts.isDirectory()) return readCrls(await readFile(place));
    const names = (await readdir(place)).filter((name) => !name.startsWith('.')).toSorted();
    const lists = await Promise.all(
      names.map(async (name) => readCrls(await readFile(join(place, name)))),
    );
    return lists.flat();
  } catch (error) {
    throw new StartError(`CRLs of ${place}: ${describe(error)}`, error);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'unreadable';
}
