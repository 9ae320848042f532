/** A PostgreSQL of the test's own, which it can stop, freeze and start again. */

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { freePort } from './free-port.ts';
import { untilSays } from './program-output.ts';
import type { OnEnd, StoreServer } from './store-server.ts';
import { isMissing } from './workshop.ts';

export const withoutPostgres =
  isMissing('postgres', '--version') || isMissing('initdb', '--version');

/** `nobody`: the server refuses to run as root. */
const NOBODY = 65_534;
const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

export async function startPostgres(onEnd: OnEnd): Promise<StoreServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  let child: ChildProcess | undefined;

  // The process of each connection is a group of its own; those that there are get the signal.
  const signal = (name: NodeJS.Signals): void => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    // The parent first: it would make up for children that go.
    child.kill(name);
    for (const pid of children.split(' ').filter(Boolean)) signalIfThere(Number(pid), name);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    signal('SIGKILL');
    await gone;
  };
  onEnd(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });

  const made = spawnSync('initdb', ['-D', data, '-A', 'trust', '-U', 'test', '--no-sync'], owner);
  if (made.status !== 0) throw new Error(`initdb: ${String(made.stderr)}`);

  const start = async (): Promise<void> => {
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=`];
    const started = spawn('postgres', ['-D', data, ...settings.flatMap((each) => ['-c', each])], {
      ...owner,
    });
    child = started;
    await untilSays(started, 'stderr', 'database system is ready to accept connections');
  };
  await start();
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  return {
    url,
    start,
    kill,
    empty: async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query('drop table if exists certbound_record, certbound_schema');
      await client.query('drop sequence if exists certbound_version');
      await client.end();
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
}

function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
