/** Where the configuration comes from, and which files have a say in it. */

import { namedFiles } from '../config/paths.ts';
import type { ReadSource } from '../config/reader/messages.ts';
import type { FileWatchSource } from '../config/watch-files.ts';
import type { Generations } from './generations.ts';

export interface ConfigOrigin {
  /** Reads the text of the configuration anew. @throws ConfigError */
  readonly load: () => Promise<ReadSource>;
  /** Where it is read from; undefined where that is no file. */
  readonly file?: string | undefined;
}

export interface ConfigSource extends FileWatchSource {
  /** Tells which files the configuration names that was read last. */
  readonly tellNamed: (files: readonly string[]) => void;
}

/**
 * The files of the configuration in force, and those of the one that was read last: where that one
 * was refused for a file that is not there yet, the file may still come.
 */
export function createConfigSource(
  { file }: Pick<ConfigOrigin, 'file'>,
  generations: { readonly current: Pick<Generations['current'], 'config'> },
): ConfigSource {
  let last: readonly string[] = [];
  return {
    tellNamed: (files) => {
      last = files;
    },
    files: () => {
      const { config } = generations.current;
      if (!config.reload.watch) return [];
      return [...new Set([...(file === undefined ? [] : [file]), ...namedFiles(config), ...last])];
    },
    settleMs: () => generations.current.config.reload.settle,
  };
}
