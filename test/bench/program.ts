/** Programs under measurement and around it, each on one core. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';

import { processTree } from './process-cost.ts';

/** What is measured has a core to itself; load and upstream share another where there is one. */
export const MEASURED_CORE = 0;
export const LOAD_CORE = availableParallelism() > 1 ? 1 : 0;

export interface Program {
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
}

export interface ProgramOptions {
  readonly core: number;
  readonly folder: string;
  /** The port at which it listens when it has started. */
  readonly port: number;
  /** The file beside its configuration that takes what it prints. */
  readonly output: string;
  readonly env?: Readonly<Record<string, string>>;
}

const START_MS = 20_000;
const RETRY_MS = 50;

/** Resolves when the program takes connections. @throws Error when it ends before, or never does. */
export async function startProgram(
  command: readonly string[],
  options: ProgramOptions,
): Promise<Program> {
  const { core, folder, port, output } = options;
  const log = openSync(`${folder}/${output}`, 'a');
  const child = spawn('taskset', ['-c', String(core), ...command], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.env },
  });
  const gone = once(child, 'exit');
  const giveUp = AbortSignal.timeout(START_MS);
  while (!(await accepts(port))) {
    if (child.exitCode !== null || giveUp.aborted) {
      child.kill('SIGKILL');
      throw new Error(`${command.join(' ')} did not start: see ${folder}/${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return {
    pids: () => processTree(child.pid ?? 0),
    stop: async () => {
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), START_MS);
      await gone;
      clearTimeout(forced);
    },
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ port, host: '127.0.0.1' });
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
