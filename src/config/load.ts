/** From a configuration file to a validated, frozen configuration that remembers its source. */

import { dirname, resolve } from 'node:path';

import { ConfigError } from '../errors.ts';
import type { ConfigProblem } from '../errors.ts';
import { readDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { readWholeFile } from './files.ts';
import type { FileView } from './files.ts';
import { deepFreeze } from './frozen.ts';
import { resolvePaths } from './paths.ts';
import type { KeyPath, ProblemAt } from './positions.ts';
import { validate } from './schema-problems.ts';
import type { Config } from './schema.ts';

/** A megabyte of YAML holds hundreds of clients and is still read in seconds at its worst. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** The text of a configuration, and what it means that is not in it. Plain data. */
export interface ConfigText {
  readonly text: string;
  /** The configuration file, as it was named. */
  readonly file: string;
  /** The folder where relative paths start. */
  readonly baseDir: string;
  readonly env: Environment;
}

export interface LoadedConfig {
  /** Every path in it is absolute. */
  readonly config: Config;
  /** Makes a problem of a key, placed where the key stands in the file. */
  readonly problemAt: ProblemAt;
  /** A text value as the file has it, references replaced: for paths as they were written. */
  readonly writtenAt: (keyPath: KeyPath) => string | undefined;
  /** The configuration file, as it was named. */
  readonly file: string;
  /** The folder where relative paths start. */
  readonly baseDir: string;
  /** What it was made of. */
  readonly source: ConfigText;
  /** Through which the files that it names are read; the disk where absent. */
  readonly view?: FileView;
}

/**
 * Loads a configuration file. Relative paths in it start at its folder.
 *
 * Throws ConfigError with every problem found: of the file and its YAML syntax, and if there are
 * none, of the environment references and the schema.
 */
export async function loadConfig(
  path: string,
  options: { readonly env: Environment },
): Promise<LoadedConfig> {
  const { text, ...read } = await readConfigText(path, options);
  return parseConfig(text, read);
}

/** Reads a configuration file without a look at what it says. @throws ConfigError */
export async function readConfigText(
  path: string,
  { env }: { readonly env: Environment },
): Promise<ConfigText> {
  const outcome = await readWholeFile(path, { maxBytes: MAX_CONFIG_BYTES });
  if ('problem' in outcome) {
    const isAboutText = /^is (empty|larger)/.test(outcome.problem);
    const place = isAboutText ? `${path}:1:1` : path;
    throw new ConfigError([{ place, key: '', text: outcome.problem }]);
  }
  return { text: decode(outcome.bytes, path), file: path, baseDir: dirname(path), env };
}

/**
 * Does what `loadConfig` does with text that is in memory; `file` is the name shown in messages.
 */
export function parseConfig(text: string, options: Omit<ConfigText, 'text'>): LoadedConfig {
  const { file, env } = options;
  const baseDir = resolve(options.baseDir);
  const document = readDocument(text, { file, env });
  const { problemAt } = document.positions;
  const isUnresolved = (keyPath: KeyPath) => document.unresolved.has(JSON.stringify(keyPath));
  const isExpanded = (keyPath: KeyPath) => document.expanded.has(JSON.stringify(keyPath));

  const validation = validate(document.value, isExpanded);
  if ('problems' in validation) {
    const refused = validation.problems.filter(({ keyPath }) => !isUnresolved(keyPath));
    const placed = refused.map((problem) => problemAt(problem.keyPath, problem.text));
    throw new ConfigError(inFileOrder([...document.problems, ...placed]));
  }
  if (document.problems.length > 0) throw new ConfigError(inFileOrder(document.problems));

  return Object.freeze({
    config: deepFreeze(resolvePaths(validation.config, baseDir)),
    problemAt,
    writtenAt: (keyPath: KeyPath) => textAt(document.value, keyPath),
    file,
    baseDir,
    source: { text, file, baseDir, env },
  });
}

/** Returns problems sorted by line and column, as a reader of the file meets them. */
export function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const order = ({ place }: ConfigProblem) => {
    const [, line, column] = /:(\d+):(\d+)$/.exec(place) ?? [];
    return Number(line ?? 0) * 1e6 + Number(column ?? 0);
  };
  return problems.toSorted((a, b) => order(a) - order(b));
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([{ place: `${path}:1:1`, key: '', text: 'is not UTF-8 text' }]);
  }
}

function textAt(root: unknown, keyPath: KeyPath): string | undefined {
  const value = keyPath.reduce<unknown>((above, key) => {
    if (typeof above !== 'object' || above === null) return undefined;
    return (above as Record<string | number, unknown>)[key];
  }, root);
  return typeof value === 'string' ? value : undefined;
}
