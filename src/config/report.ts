/** Collects problems, so that all of them are told at once. */

import type { ConfigProblem } from '../errors.ts';
import type { LoadedConfig } from './load.ts';
import type { KeyPath } from './positions.ts';

export interface Report {
  add(keyPath: KeyPath, text: string): void;
  /** A path as the file has it; the path itself where it came from a default. */
  shown(keyPath: KeyPath, path: string): string;
  readonly problems: readonly ConfigProblem[];
}

/** Creates the empty report of one configuration. */
export function createReport(loaded: LoadedConfig): Report {
  const problems: ConfigProblem[] = [];
  return {
    add: (keyPath, text) => {
      problems.push(loaded.problemAt(keyPath, text));
    },
    shown: (keyPath, path) => loaded.writtenAt(keyPath) ?? path,
    problems,
  };
}
