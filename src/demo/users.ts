/** The file of users of the demo. */

import { join } from 'node:path';

import { makeFolder, readIfPresent, replaceFile, writeNew } from './files.ts';

const MODE = 0o600;

/** Returns where the file stands in the folder of the demo. */
export function demoUsersPath(folder: string): string {
  return join(folder, 'users');
}

/** Writes the file into the folder unless it is there. Returns the files made: one or none. */
export async function ensureDemoUsers(folder: string, text: string): Promise<readonly string[]> {
  const path = demoUsersPath(folder);
  if ((await readIfPresent(path)) !== undefined) return [];
  await writeNew(path, text, MODE);
  return [path];
}

/** Writes the file, also in place of another one. */
export async function replaceDemoUsers(folder: string, text: string): Promise<void> {
  await makeFolder(folder);
  await replaceFile(demoUsersPath(folder), text, MODE);
}
