/** A real nginx in front of a port, for tests. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { TestContext } from 'node:test';

import { isMissing } from './workshop.ts';

/** Debian keeps it where only root looks. */
const PROGRAM = ['nginx', '/usr/sbin/nginx'].find((name) => isMissing(name, '-v') === false);

/** Why tests with the program are skipped; false where it is installed. */
export const withoutNginx = PROGRAM === undefined && 'nginx is not installed';

/** Debian has it in a package of its own, and others put it elsewhere. */
const STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** Why tests that tunnel are skipped; false where program and module are installed. */
export const withoutNginxStream =
  withoutNginx || (!existsSync(STREAM) && 'the stream module of nginx is not installed');

export interface NginxOptions {
  /** Where the directives belong: in the `http` block, or beside it. */
  readonly within: 'http' | 'main';
  /** The directives. They listen on this port of 127.0.0.1 and on no other. */
  readonly directives: (port: number) => string;
  /** Files beside the configuration, by name; directives name them as they are. */
  readonly files?: Readonly<Record<string, string>>;
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/**
 * Starts it on a port of 127.0.0.1 and resolves to the port. The port is opened here and handed
 * over as to a successor of a running nginx, so that none has to be guessed and clients can connect
 * before the program has started.
 */
export async function startNginx(t: TestContext, options: NginxOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-nginx-'));
  const door = createServer().listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  const directives = options.directives(port);
  const config = [
    ...(options.within === 'main' ? [`load_module ${STREAM};`] : []),
    'daemon off; worker_processes 1; pid nginx.pid; error_log stderr;',
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'events {}',
    ...(options.within === 'main'
      ? [directives]
      : [
          'http {',
          '  access_log off;',
          ...TEMPORARY.map((kind) => `  ${kind}_temp_path ${kind};`),
          directives,
          '}',
        ]),
    '',
  ].join('\n');
  const files = { 'nginx.conf': config, ...options.files };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const child = spawn(PROGRAM ?? 'nginx', ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'], {
    cwd: folder,
    env: { ...process.env, NGINX: '3;' },
    stdio: ['ignore', 'ignore', 'pipe', descriptorOf(door)],
  });
  // It notes at every start that it took the port over.
  child.stderr?.on('data', (line: Buffer) => {
    if (!line.includes('[notice]')) process.stderr.write(line);
  });
  const gone = once(child, 'exit');
  door.close();
  t.after(async () => {
    // At once, and with its worker.
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  });
  return port;
}

/** Node has no public way to the descriptor of a listening socket. */
function descriptorOf(server: Server): number {
  return (server as Server & { readonly _handle: { readonly fd: number } })._handle.fd;
}
