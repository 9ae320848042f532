/** Adds a client to a configuration file, if it can be served afterwards as well as before. */

import { isDeepStrictEqual } from 'node:util';

import { ConfigError, StartError, UsageError } from '../errors.ts';
import type { ConfigProblem } from '../errors.ts';
import { checkConfig } from './check.ts';
import { addClientText } from './client-text.ts';
import type { NewClient } from './client-text.ts';
import type { Environment } from './environment.ts';
import { MAX_FILE_BYTES, nameFile, readWholeFile } from './files.ts';
import { parseConfig } from './load.ts';
import type { LoadedConfig } from './load.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Puts the client at the end of the list of clients. Nothing else changes in the file, and nothing
 * at all when the new text does not load or has a problem that the old one had not.
 *
 * @throws ConfigError with these problems; UsageError where the list can't be added to; StartError
 *   where the file can't be replaced.
 */
export async function addClient(
  loaded: LoadedConfig,
  client: NewClient,
  env: Environment,
): Promise<void> {
  const { file, baseDir } = loaded;
  const outcome = await readWholeFile(file, { maxBytes: MAX_FILE_BYTES });
  if ('problem' in outcome) throw new StartError(nameFile(file, outcome.problem));
  // A byte order mark is kept, too.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const text = addClientText(decoder.decode(outcome.bytes), client);

  const next = await withoutPlaces(file, async () => parseConfig(text, { file, baseDir, env }));
  expectNothingElse(loaded, next);
  await withoutPlaces(file, () => refuseNewProblems(loaded, next));
  await replaceFile(file, { expected: outcome.bytes, text });
}

/** Lines of a text that is not in the file yet would lead to the wrong place. */
async function withoutPlaces<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems.map(({ key, text }) => ({ place: file, key, text })));
  }
}

/** However the list is written, what was there before means the same as before. */
function expectNothingElse(before: LoadedConfig, after: LoadedConfig): void {
  const clients = after.config.clients.slice(0, -1);
  if (isDeepStrictEqual({ ...after.config, clients }, before.config)) return;
  throw new UsageError('the client can not be added without a change elsewhere: use an editor');
}

async function refuseNewProblems(before: LoadedConfig, after: LoadedConfig): Promise<void> {
  const textOf = ({ key, text }: ConfigProblem): string => `${key} ${text}`;
  const known = new Set((await problemsOf(before)).map(textOf));
  const added = (await problemsOf(after)).filter((problem) => !known.has(textOf(problem)));
  if (added.length > 0) throw new ConfigError(added);
}

async function problemsOf(loaded: LoadedConfig): Promise<readonly ConfigProblem[]> {
  try {
    await checkConfig(loaded);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
