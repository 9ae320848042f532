/** `certbound keys rotate`: new signing keys before their time. */

import { checkConfig } from '../config/check.ts';
import { UsageError } from '../errors.ts';
import { rotateKeys } from '../server/rotate-keys.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';

const OPTIONS = { ...CONFIG_OPTION, leaked: { type: 'boolean' } } as const;

export const command: Command = {
  synopsis: 'keys rotate',
  summary: 'make new signing keys for the embedded token service',
  help: `  --leaked           drop the keys of now: what they signed is no longer taken
${CONFIG_HELP}

The next keys are published at once and sign after publish_before; the ones before stay for keep.
With --leaked they sign at once and stand alone: JWTs and logins of before are over. Every process
on the store takes them up within a minute.`,
  run: async (args, around) => {
    const { values, positionals } = parseArguments(args, OPTIONS, { allowPositionals: true });
    const [verb, ...others] = positionals;
    if (verb !== 'rotate' || others.length > 0) throw new UsageError('expected keys rotate');
    const loaded = await loadNamedConfig(values.config, around);
    const signsFrom = await rotateKeys(loaded.config, {
      material: await checkConfig(loaded),
      isLeaked: values.leaked === true,
      warn: (text) => void around.stderr.write(`${text}\n`),
    });
    around.stdout.write(`the next keys sign from ${new Date(signsFrom).toISOString()}\n`);
    return EXIT.ok;
  },
};
