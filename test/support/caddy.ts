/** A real Caddy in front of a port, for tests. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { TestContext } from 'node:test';

import { freePort } from './free-port.ts';
import { isMissing } from './workshop.ts';

/** Why tests with the program are skipped; false where it is installed. */
export const withoutCaddy = isMissing('caddy', 'version');

/** No administration, which would take a port of its own, and nothing kept beside the folder. */
const OPTIONS = ['{', '\tadmin off', '\tauto_https disable_redirects', '}'];

export interface CaddyOptions {
  /** The sites, as a Caddyfile has them. They listen on this port of 127.0.0.1 and on no other. */
  readonly sites: (port: number) => string;
  /** Files beside the configuration, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Starts it on a port of 127.0.0.1 and resolves to the port once it serves. */
export async function startCaddy(t: TestContext, options: CaddyOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-caddy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const config = [...OPTIONS, options.sites(port)].join('\n');
  const files = { Caddyfile: config, ...options.files };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', 'Caddyfile'], {
    cwd: folder,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    // Enough to say why it did not start.
    log = (log + text).slice(-8_192);
  });
  while (!log.includes('serving initial configuration')) {
    const over = gone.then(() => {
      throw new Error(`caddy ended: ${log}`);
    });
    await Promise.race([once(child.stderr, 'data'), over]);
  }
  return port;
}
