/** A server that runs in a folder of its own for as long as a test does. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

import { untilSays } from '../support/program-output.ts';

export interface Program {
  readonly command: string;
  /** By the folder that it runs in. */
  readonly args: (folder: string) => readonly string[];
  /** Files by their names in the folder. */
  readonly files: Readonly<Record<string, string>>;
  /** What it says on its standard error once it serves. */
  readonly says: string;
}

export async function startProgram(t: TestContext, program: Program): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-program-'));
  for (const [name, text] of Object.entries(program.files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const child = spawn(program.command, program.args(folder), {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true, force: true });
  });
  await untilSays(child, 'stderr', program.says);
}
