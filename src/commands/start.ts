/** `certbound start`: serves a configuration until a signal. */

import type { Command } from './command.ts';
import { parseArguments } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';
import { serve } from './serve.ts';

export const command: Command = {
  synopsis: 'start [--config FILE]',
  summary: 'serve the configuration until SIGTERM or SIGINT',
  help: `${CONFIG_HELP}

The first SIGTERM or SIGINT lets open requests finish; a second one ends at once.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, CONFIG_OPTION);
    return serve(await loadNamedConfig(values.config, around), around);
  },
};
