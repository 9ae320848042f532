/** Where the configuration comes from, and which files have a say in it. */

import type { LoadedConfig } from '../config/load.ts';
import { namedFiles } from '../config/paths.ts';
import type { FileWatchSource } from '../config/watch-files.ts';
import type { Generations } from './generations.ts';

export interface ConfigOrigin {
  /** Reads the configuration anew. @throws ConfigError */
  readonly load: () => Promise<LoadedConfig>;
  /** Where it is read from; undefined where that is no file. */
  readonly file?: string | undefined;
}

export interface ConfigSource extends FileWatchSource {
  readonly load: ConfigOrigin['load'];
}

/**
 * The files of the configuration in force, and those of the one that was read last: where that one
 * was refused for a file that is not there yet, the file may still come.
 */
export function createConfigSource(
  { load, file }: ConfigOrigin,
  generations: { readonly current: Pick<Generations['current'], 'config'> },
): ConfigSource {
  let last: LoadedConfig | undefined;
  return {
    load: async () => {
      last = undefined;
      last = await load();
      return last;
    },
    files: () => {
      const { config } = generations.current;
      if (!config.reload.watch) return [];
      const named = [config, ...(last === undefined ? [] : [last.config])].flatMap(namedFiles);
      return [...new Set([...(file === undefined ? [] : [file]), ...named])];
    },
    settleMs: () => generations.current.config.reload.settle,
  };
}
