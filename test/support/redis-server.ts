/** A Redis of the test's own, which it can stop, freeze and start again. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient } from '@redis/client';

import { freePort } from './free-port.ts';
import { untilSays } from './program-output.ts';
import type { OnEnd, StoreServer } from './store-server.ts';
import { isMissing } from './workshop.ts';

export const withoutRedis = isMissing('redis-server', '--version');

/** Starts a server that writes each command to disk before it answers. */
export async function startRedis(
  onEnd: OnEnd,
  extra: readonly string[] = [],
): Promise<StoreServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  onEnd(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });

  const start = async (): Promise<void> => {
    const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
    const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const started = spawn('redis-server', [...settings, ...durable, ...extra]);
    child = started;
    await untilSays(started, 'stdout', 'Ready to accept connections');
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    empty: async () => {
      const client = createClient({ url: `redis://127.0.0.1:${port}` });
      await client.connect();
      await client.flushAll();
      await client.close();
    },
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
  };
}
