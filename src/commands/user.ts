/** `certbound user add`: one more user in the file of users. */

import { resolve } from 'node:path';

import { addUser } from '../config/add-user.ts';
import { StartError, UsageError } from '../errors.ts';
import { userNameProblem } from '../users/users-file.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';
import { readNewPassword } from './read-password.ts';

const OPTIONS = { ...CONFIG_OPTION, users: { type: 'string' } } as const;

export const command: Command = {
  synopsis: 'user add NAME',
  summary: 'add a user to the file of users',
  help: `  --users FILE       the file of users; else users_file of the configuration
${CONFIG_HELP}

Asks twice for the password, or reads it from standard input when that is no terminal. A file that is
not there is made, readable for its owner alone. A running gateway knows the user after a restart.`,
  run: async (args, around) => {
    const { values, positionals } = parseArguments(args, OPTIONS, { allowPositionals: true });
    const [verb, name, ...others] = positionals;
    if (verb !== 'add') throw new UsageError('expected user add NAME');
    if (name === undefined || others.length > 0) throw new UsageError('expected one NAME');
    const problem = userNameProblem(name);
    if (problem !== undefined) throw new UsageError(problem);
    const named = values.users;
    const path =
      named === undefined
        ? await configuredFile(values.config, around)
        : resolve(around.folder, named);
    await addUser(path, name, () => readNewPassword(around));
    around.stdout.write(`added user "${name}" to ${named ?? path}\n`);
    return EXIT.ok;
  },
};

async function configuredFile(option: string | undefined, around: Surroundings): Promise<string> {
  const { config, file } = await loadNamedConfig(option, around);
  const { token_service: service } = config;
  const path = 'embedded' in service ? service.embedded.users_file : undefined;
  if (path === undefined) throw new StartError(`${file} has no users_file: name one with --users`);
  return path;
}
