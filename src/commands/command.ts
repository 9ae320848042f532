/** What a command is, and all that it may touch of the process. */

import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

import type { Environment } from '../config/environment.ts';
import { UsageError } from '../errors.ts';

/** Exit codes; `configuration` is EX_CONFIG of sysexits.h. */
export const EXIT = { ok: 0, failure: 1, usage: 2, configuration: 78 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Environment;
  /** The folder that paths on the command line start at, and that printed paths are shortened to. */
  readonly folder: string;
  /** Resolves at the first SIGTERM or SIGINT; from then on a second one ends the process at once. */
  readonly stopSignal: () => Promise<void>;
  /** What to do at each SIGHUP from now on; until then it is heard and nothing is done. */
  readonly onReloadSignal: (reload: () => Promise<unknown>) => void;
}

export interface Command {
  /** What follows `certbound` in the usage line. */
  readonly synopsis: string;
  readonly summary: string;
  readonly help: string;
  /** Throws our errors only; main turns them into a message and an exit code. */
  readonly run: (args: readonly string[], around: Surroundings) => Promise<ExitCode>;
}

/** Parses the arguments of a command; throws UsageError for whatever it does not know. */
export function parseArguments<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  { allowPositionals = false }: { readonly allowPositionals?: boolean } = {},
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence = ''] = error.message.split(/\.( |$)/, 1);
    throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1), error);
  }
}
