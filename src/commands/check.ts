/** `certbound check`: is this configuration complete and sound. */

import { checkConfig } from '../config/check.ts';
import type { Material } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import { ConfigError } from '../errors.ts';
import { describeClients } from './client-lines.ts';
import { describeProtection } from './protection-lines.ts';
import { describeTrust } from './trust-lines.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';

export const command: Command = {
  synopsis: 'check [--config FILE]',
  summary: 'check the configuration and every file it names',
  help: `${CONFIG_HELP}

Prints every CA that vouches for clients and every CRL, and what each client is known by and who passes guarded paths, in its plain form: thumbprints in that of RFC 8705, subjects in
that of RFC 4514. Or prints every problem with its line and column; the exit code is then ${EXIT.configuration}.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, CONFIG_OPTION);
    const loaded = await loadNamedConfig(values.config, around);
    const material = await checkFiles(loaded, around);
    around.stdout.write(
      `${loaded.file} is valid\n` +
        describeTrust(material) +
        describeClients(material.clients) +
        describeProtection(loaded.config, material),
    );
    return EXIT.ok;
  },
};

async function checkFiles(loaded: LoadedConfig, { stderr }: Surroundings): Promise<Material> {
  try {
    return await checkConfig(loaded);
  } catch (error) {
    const isFresh = error instanceof ConfigError && loaded.config.demo !== undefined;
    if (isFresh && error.problems.some(({ text }) => text.startsWith('no such file'))) {
      stderr.write('missing demo files are made at start, or now with: npx certbound certs\n');
    }
    throw error;
  }
}
