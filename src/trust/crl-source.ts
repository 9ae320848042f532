/** The CRLs at hand: read from files and addresses of the configuration, again and again. */

import type { Crl } from '../certificate/revocation/crl.ts';

export interface CrlSourceOptions {
  /** What each file or folder held when the configuration was checked. */
  readonly files: ReadonlyMap<string, readonly Crl[]>;
  readonly urls: readonly string[];
  /** What was fetched from addresses before; they count until something newer is there. */
  readonly known?: ReadonlyMap<string, readonly Crl[]>;
  readonly refreshMs: number;
}

export interface CrlSourceDeps {
  /** Reads a file or folder again. Rejects with what is wrong with it. */
  readonly read: (place: string) => Promise<readonly Crl[]>;
  /** Fetches the lists of an address. Rejects with what is wrong with them. */
  readonly fetch: (url: string) => Promise<readonly Crl[]>;
  /** Told of every place that could not be read; what was read from it before stays in force. */
  readonly onFailure: (place: string, detail: string) => void;
  /** Called after every round, the first one too, with what came from where. */
  readonly onChange: (places: ReadonlyMap<string, readonly Crl[]>) => void;
}

export interface CrlSource {
  /** Reads every place once; places that fail keep what they had. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * Asks the addresses, before it resolves unless lists of all of them are known. They may be silent at
 * the start, and what nothing is known about is then a matter of the revocation mode.
 */
export async function openCrlSource(
  { files, urls, known = new Map(), refreshMs }: CrlSourceOptions,
  deps: CrlSourceDeps,
): Promise<CrlSource> {
  const held = new Map([...files, ...known]);
  let isClosed = false;

  const tell = (): void => deps.onChange(new Map(held));

  const readAgain = async (place: string, read: () => Promise<readonly Crl[]>): Promise<void> => {
    try {
      held.set(place, await read());
    } catch (error) {
      if (!isClosed) deps.onFailure(place, describe(error));
    }
  };
  const readFiles = [...files.keys()].map(
    (place) => () => readAgain(place, () => deps.read(place)),
  );
  const fetchUrls = urls.map((url) => () => readAgain(url, () => deps.fetch(url)));
  const round = async (visits: readonly (() => Promise<void>)[]): Promise<void> => {
    await Promise.all(visits.map((visit) => visit()));
    if (!isClosed) tell();
  };
  const refresh = (): Promise<void> => round([...readFiles, ...fetchUrls]);

  // The files have just been read.
  if (urls.every((url) => held.has(url))) {
    tell();
    if (urls.length > 0) void round(fetchUrls);
  } else await round(fetchUrls);
  const timer = setInterval(() => void refresh(), refreshMs);
  timer.unref();
  return {
    refresh,
    close: () => {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'unreadable';
}
