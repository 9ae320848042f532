/** A real HAProxy in front of a port, for tests. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { isMissing } from './workshop.ts';

/** Debian keeps it where only root looks. */
const PROGRAM = ['haproxy', '/usr/sbin/haproxy'].find((name) => isMissing(name, '-v') === false);

/** Why tests with the program are skipped; false where it is installed. */
export const withoutHaproxy = PROGRAM === undefined && 'haproxy is not installed';

/** What a `bind` line names to listen on the port that was opened for it. */
export const DOOR = 'fd@3';

export interface HaproxyOptions {
  /** What follows the address on the `bind` line, such as `ssl crt front.pem`. */
  readonly bind?: string;
  /** The lines of the section, such as `mode tcp` and `server gateway 127.0.0.1:9443`. */
  readonly lines: readonly string[];
  /** Files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts it with one section on a port of 127.0.0.1 and resolves to the port. */
export function startHaproxy(t: TestContext, options: HaproxyOptions): Promise<number> {
  const config = [
    'defaults',
    ...['connect', 'client', 'server'].map((side) => `  timeout ${side} 20s`),
    'listen front',
    `  bind ${DOOR} ${options.bind ?? ''}`,
    ...options.lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
  return startHaproxyWith(t, { config, files: options.files ?? {} });
}

/**
 * Starts it with a whole configuration that listens on `DOOR`, and resolves to the port. The port is
 * opened here and handed over, so that none has to be guessed and clients can connect before the
 * program has started.
 */
export async function startHaproxyWith(
  t: TestContext,
  options: {
    readonly config: string;
    readonly files: Readonly<Record<string, string>>;
    /** Drops what it says of servers that go and come. */
    readonly isQuiet?: boolean;
  },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-haproxy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = { 'haproxy.cfg': options.config, ...options.files };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const door = createServer().listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  const child = spawn(PROGRAM ?? 'haproxy', ['-db', '-f', 'haproxy.cfg'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', options.isQuiet ? 'ignore' : 'inherit', descriptorOf(door)],
  });
  const gone = once(child, 'exit');
  door.close();
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  return port;
}

/** Node has no public way to the descriptor of a listening socket. */
function descriptorOf(server: Server): number {
  return (server as Server & { readonly _handle: { readonly fd: number } })._handle.fd;
}
