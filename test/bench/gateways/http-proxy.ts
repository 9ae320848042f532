/** The original http-proxy, from the benchmark's own packages. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import type { Kit } from '../bench.ts';
import { MEASURED_CORE, freePort, startProgram } from '../program.ts';
import type { Gateway } from './gateway.ts';

const BENCH = fileURLToPath(new URL('../', import.meta.url));

export async function startHttpProxy(kit: Kit, upstreamPort: number): Promise<Gateway> {
  installPackages();
  const port = await freePort();
  const { folder } = kit.material;
  const program = await startProgram(
    [
      process.execPath,
      '--no-deprecation',
      `${BENCH}gateways/http-proxy-server.mjs`,
      String(port),
      String(upstreamPort),
      folder,
    ],
    { core: MEASURED_CORE, folder, port, output: 'http-proxy.log' },
  );
  kit.onDone(program.stop);
  return { name: 'http-proxy', port, program };
}

function installPackages(): void {
  if (existsSync(`${BENCH}node_modules/http-proxy`)) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: BENCH,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ci in ${BENCH} failed`);
}
