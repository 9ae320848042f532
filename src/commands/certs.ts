/** `certbound certs`: makes or renews the demo's certificates. */

import { ConfigError } from '../errors.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';
import { makeDemoFiles, renewDemoFiles } from './demo-files.ts';

export const command: Command = {
  synopsis: 'certs [--renew]',
  summary: 'make the demo certificates that are missing',
  help: `${CONFIG_HELP}
  --renew            replace those that are expired, too

Works on the folder demo.certificates of the configuration.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, { ...CONFIG_OPTION, renew: { type: 'boolean' } });
    const loaded = await loadNamedConfig(values.config, around);
    if (loaded.config.demo === undefined) {
      const text = 'has no demo section, and certs makes demo files only';
      throw new ConfigError([{ place: loaded.file, key: '', text }]);
    }
    const { certificates } = loaded.config.demo;
    const renewed = values.renew === true ? await renewDemoFiles(certificates, around) : 0;
    const made = await makeDemoFiles(loaded, around);
    if (renewed + made === 0) around.stdout.write('nothing to do: all demo files are there\n');
    return EXIT.ok;
  },
};
