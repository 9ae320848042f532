/** A folder of its own in which a test runs openssl and keytool. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why tests with the tool are skipped; false where it is installed. */
export const withoutOpenssl = isMissing('openssl', 'version');
export const withoutKeytool = isMissing('keytool', '-help');

export interface Workshop {
  readonly folder: string;
  /** @returns the name again. */
  write(name: string, content: string | Uint8Array): string;
  read(name: string): Buffer;
  /** Standard output. Fails when the tool does. */
  openssl(...args: readonly string[]): string;
  keytool(...args: readonly string[]): string;
}

/** @param onEnd registers the removal of the folder. */
export function createWorkshop(onEnd: (clean: () => void) => void): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'certbound-workshop-'));
  onEnd(() => rmSync(folder, { recursive: true }));
  const run = (tool: string, args: readonly string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(tool, args, {
      cwd: folder,
      encoding: 'utf8',
      // Of the languages of keytool's output the tests know one.
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    if (error !== undefined) throw error;
    if (status === 0) return stdout;
    throw new Error(`${tool} ${args.join(' ')}: ${stderr}${stdout}`);
  };
  return {
    folder,
    write: (name, content) => {
      writeFileSync(join(folder, name), content);
      return name;
    },
    read: (name) => readFileSync(join(folder, name)),
    openssl: (...args) => run('openssl', args),
    keytool: (...args) => run('keytool', args),
  };
}

/** Why a test with the tool is skipped; false where it is installed. */
export function isMissing(tool: string, ...args: readonly string[]): string | false {
  return spawnSync(tool, args).error !== undefined && `${tool} is not installed`;
}
