/** Which configuration file a command works with. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { ConfigError } from '../errors.ts';
import { parseConfig, readConfigText } from '../config/load.ts';
import type { ConfigText, LoadedConfig } from '../config/load.ts';
import type { Surroundings } from './command.ts';

export const CONFIG_OPTION = { config: { type: 'string', short: 'c' } } as const;

/** In the folder where the command was given. */
export const DEFAULT_CONFIG = 'config.yaml';

export const CONFIG_HELP =
  '  -c, --config FILE  the configuration; else $CERTBOUND_CONFIG, else ./config.yaml';

/** Returns the path as it was named: by `--config`, by the environment, or by nobody. */
export function configPath(option: string | undefined, { env }: Surroundings): string {
  return option ?? (env['CERTBOUND_CONFIG'] || DEFAULT_CONFIG);
}

/**
 * Loads the configuration of a command. Throws ConfigError; one that names the command that brings a
 * configuration where there is no file.
 */
export async function loadNamedConfig(
  option: string | undefined,
  around: Surroundings,
): Promise<LoadedConfig> {
  const { text, ...read } = await readNamedConfig(option, around);
  return parseConfig(text, read);
}

/** The same without a look at what it says. */
export async function readNamedConfig(
  option: string | undefined,
  around: Surroundings,
): Promise<ConfigText> {
  const path = configPath(option, around);
  if (!(await isThere(path))) {
    throw new ConfigError([{ place: path, key: '', text: `no such file; ${remedy(around)}` }]);
  }
  return readConfigText(path, { env: around.env });
}

/** Returns whether something stands at the path, be it readable or not. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(resolve(path));
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

function remedy({ env }: Surroundings): string {
  if (env['CERTBOUND_IMAGE'] !== '1') return 'name one: npx certbound start --config FILE';
  return (
    'mount one: docker run -v ./config.yaml:/etc/certbound/config.yaml:ro ' +
    '-p 9443:9443 certbound'
  );
}
