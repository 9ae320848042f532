/** Making the demo's files, and saying what was made. */

import { basename, dirname } from 'node:path';

import { DEMO_PASSWORD_HASH } from '../config/check-demo.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { ensureDemoPki, renewDemoPki } from '../demo/pki.ts';
import { demoUsersPath, ensureDemoUsers } from '../demo/users.ts';
import type { Surroundings } from './command.ts';
import { DEFAULT_CONFIG } from './config-option.ts';
import { shellWord, shortenPath } from './demo-guide.ts';

/**
 * Makes the missing files of a configuration with a `demo` section; without one it does nothing.
 * Prints what it made, and names expired files with the `remedy`. Returns how many it made.
 *
 * @throws StartError where a file can't be made.
 */
export async function makeDemoFiles(
  loaded: LoadedConfig,
  { stdout, stderr, folder }: Pick<Surroundings, 'stdout' | 'stderr' | 'folder'>,
  remedy = renewCommand(loaded),
): Promise<number> {
  const { demo } = loaded.config;
  if (demo === undefined) return 0;
  const pki = await ensureDemoPki(demo.certificates);
  const created = [...pki.created, ...(await makeUsers(loaded.config, demo.certificates))];
  stdout.write(describeFiles('made', created, folder));
  for (const { file, notAfter } of pki.expired) {
    const expiry = new Date(notAfter).toISOString();
    stderr.write(`${shortenPath(file, folder)} expired on ${expiry}; ${remedy}\n`);
  }
  return created.length;
}

/** The user of the demo is made where the configuration looks for users there, and nowhere else. */
async function makeUsers(
  { token_service: service }: Config,
  folder: string,
): Promise<readonly string[]> {
  const path = 'embedded' in service ? service.embedded.users_file : undefined;
  if (path !== demoUsersPath(folder)) return [];
  return ensureDemoUsers(folder, `admin:${DEMO_PASSWORD_HASH}\n`);
}

/**
 * Replaces the expired files of a folder and prints their names. Returns how many they were.
 *
 * @throws StartError where a file can't be replaced.
 */
export async function renewDemoFiles(path: string, around: Surroundings): Promise<number> {
  const renewed = await renewDemoPki(path);
  around.stdout.write(describeFiles('renewed', renewed, around.folder));
  return renewed.length;
}

function describeFiles(verb: string, files: readonly string[], folder: string): string {
  const [first] = files;
  if (first === undefined) return '';
  const place = shortenPath(dirname(first), folder);
  return `${verb} in ${place}: ${files.map((file) => basename(file)).join(', ')}\n`;
}

function renewCommand({ file }: LoadedConfig): string {
  const option = file === DEFAULT_CONFIG ? '' : ` --config ${shellWord(file)}`;
  return `renew it with: npx certbound certs --renew${option}`;
}
