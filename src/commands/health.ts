/** `certbound health`: asks a running gateway whether it is ready; for a container's health check. */

import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { StartError } from '../errors.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, configPath, isThere } from './config-option.ts';

type Address = Config['management']['address'];

/** Where the gateway answers when no configuration file says otherwise, as with `certbound demo`. */
const DEFAULT_ADDRESS: Address = { host: '127.0.0.1', port: 9464 };
/** Well below the 30 s that a container engine gives a check by default. */
const TIMEOUT_MS = 5_000;

export const command: Command = {
  synopsis: 'health [--config FILE]',
  summary: 'exit with 0 when the gateway on this machine is ready, else with 1',
  help: CONFIG_HELP,
  run: async (args, around) => {
    const { values } = parseArguments(args, CONFIG_OPTION);
    const url = readinessUrl(await managementAddress(values.config, around));
    const status = await askStatus(url);
    if (status !== 200) throw new StartError(`not ready: ${url} answered ${status}`);
    around.stdout.write('ready\n');
    return EXIT.ok;
  },
};

async function managementAddress(
  option: string | undefined,
  around: Surroundings,
): Promise<Address> {
  const path = configPath(option, around);
  if (option === undefined && !(await isThere(path))) return DEFAULT_ADDRESS;
  const { config } = await loadConfig(path, { env: around.env });
  return config.management.address;
}

function readinessUrl({ host, port }: Address): string {
  const asked = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}/readyz`;
}

async function askStatus(url: string): Promise<number> {
  try {
    const answer = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    throw new StartError(`not ready: no answer from ${url}`, error);
  }
}
