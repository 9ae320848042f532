/**
 * A configuration as it was read, with the files that it names: what another process needs to have
 * the very same one, whatever has become of the files since.
 */

import { MAX_FILE_BYTES } from './files.ts';
import type { FileOutcome, FileView } from './files.ts';
import { parseConfig } from './load.ts';
import type { ConfigText, LoadedConfig } from './load.ts';

/** Plain data. Holds secrets: it goes to our own processes only. */
export interface ConfigSnapshot extends ConfigText {
  /** By path. */
  readonly files: ReadonlyMap<string, FileOutcome>;
}

/** Returns the configuration and its snapshot, which is whole once `checkConfig` has read the files. */
export function recordConfig(loaded: LoadedConfig): {
  readonly loaded: LoadedConfig;
  readonly snapshot: ConfigSnapshot;
} {
  const files = new Map<string, FileOutcome>();
  const view: FileView = {
    read: async (path, fromDisk) => {
      const outcome = await fromDisk();
      // A larger one is a CRL, which is read again in any case.
      if (!('bytes' in outcome) || outcome.bytes.length <= MAX_FILE_BYTES) files.set(path, outcome);
      return outcome;
    },
  };
  const { source } = loaded;
  // That of the process is no plain data.
  const env = { ...source.env };
  return { loaded: { ...loaded, view }, snapshot: { ...source, env, files } };
}

/** Returns the configuration of a snapshot. @throws ConfigError */
export function configOf(snapshot: ConfigSnapshot): LoadedConfig {
  const { text, files } = snapshot;
  const view: FileView = { read: async (path, fromDisk) => files.get(path) ?? fromDisk() };
  return { ...parseConfig(text, snapshot), view };
}
