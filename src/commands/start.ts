/** `certbound start`: serves a configuration until a signal. */

import { resolve } from 'node:path';

import type { LoadedConfig } from '../config/load.ts';
import type { Command } from './command.ts';
import { parseArguments } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';
import { serve } from './serve.ts';

export const command: Command = {
  synopsis: 'start [--config FILE]',
  summary: 'serve the configuration until SIGTERM or SIGINT',
  help: `${CONFIG_HELP}

The first SIGTERM or SIGINT lets open requests finish; a second one ends at once. SIGHUP reads the
configuration and its files anew.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, CONFIG_OPTION);
    const load = (): Promise<LoadedConfig> => loadNamedConfig(values.config, around);
    const loaded = await load();
    return serve(loaded, around, { reload: { load, file: resolve(around.folder, loaded.file) } });
  },
};
