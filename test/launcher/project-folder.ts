/** A tiny project with the real launcher in it, and stand-ins for Node and npm. */

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

const BIN = join(import.meta.dirname, '../../bin');

/** Longer than a launch may take; then it is killed and the test fails. */
const TIMEOUT_MS = 60_000;

export interface Project {
  readonly path: string;
  readonly write: (name: string, text: string) => Promise<void>;
  /** Writes the package.json of an installed package. */
  readonly install: (name: string, version: string) => Promise<void>;
  /** Starts `node bin/FILE ARGUMENT...` in the project. */
  readonly start: (
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => ChildProcessWithoutNullStreams;
  /** Starts it and waits for its end. */
  readonly run: (
    args: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
  ) => Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProjectOptions {
  /** Changes the text of bin/launch.mjs: what can't be had on one machine is put in there. */
  readonly alter?: (launcher: string) => string;
  /** The platform package's Node, a shell script; none where it is absent. */
  readonly pinnedNode?: string;
}

/** Makes a launcher that finds every running Node too old. */
export const tooOld = (launcher: string) => launcher.replace(/'26\.9\.0'/, "'99.0.0'");

/** A pinned Node that is the Node of this process. */
export const THIS_NODE = `#!/bin/sh\nPINNED=1 exec "${process.execPath}" "$@"\n`;

const PLATFORM_PACKAGE = 'pinned-node';

export async function projectFolder(
  t: TestContext,
  { alter = (text) => text, pinnedNode }: ProjectOptions = {},
): Promise<Project> {
  const path = await mkdtemp(join(tmpdir(), 'certbound-launcher-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const write = async (name: string, text: string) => {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  const install = (name: string, version: string) =>
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version }));

  const launcher = await readFile(join(BIN, 'launch.mjs'), 'utf8');
  const renamed = launcher.replace(
    /NODE_PACKAGES = \{/,
    `NODE_PACKAGES = {\n  '${process.platform}-${process.arch}': '${PLATFORM_PACKAGE}',`,
  );
  // The entry put in first must also be the one that counts.
  const ours = renamed.replace(
    new RegExp(`\\n  '${process.platform}-${process.arch}': 'node-[^\\n]*`),
    '',
  );
  await write('bin/launch.mjs', alter(ours));
  await write('bin/certbound.mjs', await readFile(join(BIN, 'certbound.mjs'), 'utf8'));
  const manifest = {
    dependencies: { plain: '1.2.3', alias: 'npm:@other/name@4.5.6' },
    devDependencies: { tool: '7.8.9' },
    optionalDependencies: { [PLATFORM_PACKAGE]: '26.10.0' },
  };
  await write('package.json', JSON.stringify(manifest));
  await write('package-lock.json', '{}');
  await install('plain', '1.2.3');
  await install('alias', '4.5.6');
  await install('tool', '7.8.9');
  if (pinnedNode !== undefined) {
    const folder = `node_modules/${PLATFORM_PACKAGE}`;
    const packageText = { version: '26.10.0', bin: { node: 'bin/node' } };
    await write(`${folder}/package.json`, JSON.stringify(packageText));
    await write(`${folder}/bin/node`, pinnedNode);
    await chmod(join(path, folder, 'bin/node'), 0o755);
  }

  const start: Project['start'] = ([file = '', ...args], env = {}) =>
    spawn(process.execPath, [join(path, 'bin', file), ...args], {
      cwd: path,
      env: { PATH: process.env['PATH'], ...env },
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
  const run: Project['run'] = async (args, { env, input = '' } = {}) => {
    const child = start(args, env);
    // It may end without having read anything.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return endOf(child);
  };
  return { path, write, install, start, run };
}

/** Waits for the end of a child that has written nothing yet. */
export async function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
