/** A real Apache in front of a port, for tests. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { TestContext } from 'node:test';

import { freePort } from './free-port.ts';
import { untilSays } from './program-output.ts';
import { isMissing } from './workshop.ts';

/** Debian keeps it where only root looks. */
const PROGRAM = ['apache2', '/usr/sbin/apache2'].find((name) => isMissing(name, '-v') === false);
const MODULES = '/usr/lib/apache2/modules';

/** Why tests with the program are skipped; false where it is installed. */
export const withoutApache =
  (PROGRAM === undefined || !existsSync(MODULES)) && 'apache2 is not installed';

const LOADED = ['mpm_event', 'authz_core', 'ssl', 'headers', 'proxy', 'proxy_http'];

export interface ApacheOptions {
  /** What a site is made of. It is served on this port of 127.0.0.1. */
  readonly site: (port: number) => string;
  /** Beside those that a proxy needs. */
  readonly modules?: readonly string[];
  /** Files in the server root, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts it and resolves to its port once it serves. It can't be handed an open port. */
export async function startApache(t: TestContext, options: ApacheOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-apache-'));
  const port = await freePort();
  const config = [
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    'PidFile apache.pid',
    // It opens its log anew by path, which a pipe of Node's does not have.
    'ErrorLog "||/bin/cat"',
    'ServerName localhost',
    // As root it serves under another user, and serves nothing from a disk.
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    ...[...LOADED, ...(options.modules ?? [])].map(
      (name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`,
    ),
    'StartServers 1',
    `Listen 127.0.0.1:${port}`,
    options.site(port),
    '',
  ].join('\n');
  const files = { 'apache.conf': config, ...options.files };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const child = spawn(PROGRAM ?? 'apache2', ['-DFOREGROUND', '-f', join(folder, 'apache.conf')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit');
  t.after(async () => {
    // With its worker.
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  });
  await untilSays(child, 'stdout', 'resuming normal operations');
  return port;
}
