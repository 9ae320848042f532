/** `certbound check`: is this configuration complete and sound. */

import { checkConfig } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import { ConfigError } from '../errors.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';

export const command: Command = {
  synopsis: 'check [--config FILE]',
  summary: 'check the configuration and every file it names',
  help: `${CONFIG_HELP}

Prints every problem with its line and column; the exit code is then ${EXIT.configuration}.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, CONFIG_OPTION);
    const loaded = await loadNamedConfig(values.config, around);
    await checkFiles(loaded, around);
    around.stdout.write(`${loaded.file} is valid\n`);
    return EXIT.ok;
  },
};

async function checkFiles(loaded: LoadedConfig, { stderr }: Surroundings): Promise<void> {
  try {
    await checkConfig(loaded);
  } catch (error) {
    const isFresh = error instanceof ConfigError && loaded.config.demo !== undefined;
    if (isFresh && error.problems.some(({ text }) => text.startsWith('no such file'))) {
      stderr.write('missing demo files are made at start, or now with: npx certbound certs\n');
    }
    throw error;
  }
}
