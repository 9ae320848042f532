/** `certbound start`: serves a configuration until a signal. */

import { resolve } from 'node:path';

import { parseConfig } from '../config/load.ts';
import type { ConfigText } from '../config/load.ts';
import type { Command } from './command.ts';
import { parseArguments } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readNamedConfig } from './config-option.ts';
import { serve } from './serve.ts';

export const command: Command = {
  synopsis: 'start [--config FILE]',
  summary: 'serve the configuration until SIGTERM or SIGINT',
  help: `${CONFIG_HELP}

The first SIGTERM or SIGINT lets open requests finish; a second one ends at once. SIGHUP reads the
configuration and its files anew.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, CONFIG_OPTION);
    const load = (): Promise<ConfigText> => readNamedConfig(values.config, around);
    const { text, ...read } = await load();
    const loaded = parseConfig(text, read);
    return serve(loaded, around, { reload: { load, file: resolve(around.folder, loaded.file) } });
  },
};
