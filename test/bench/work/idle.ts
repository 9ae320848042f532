/** What an idle connection with a client certificate holds in memory. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import type { Cost, Kit, Work } from '../bench.ts';
import { startCertbound } from '../gateways/certbound.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { startNodeServer } from '../gateways/node-server.ts';
import { startUpstream } from '../gateways/upstream.ts';
import type { HoldJob } from '../load/job.ts';
import { FILES } from '../material.ts';
import { residentBytes } from '../process-cost.ts';
import { LOAD_CORE } from '../program.ts';

const HOLDER = fileURLToPath(new URL('../load/hold.ts', import.meta.url));
const CONNECTIONS = 10_000;
/** Memory that grows with the first connections only: code, caches, the heap's own room. */
const WARM_UP = 500;

export const idle: Work = {
  name: 'idle connection',
  async measure(kit: Kit) {
    const upstream = await startUpstream(kit);
    const connections = Math.ceil(CONNECTIONS * kit.scale);
    const costs = [
      await costOf(kit, await startCertbound(kit, upstream), connections),
      await costOf(
        kit,
        await startNodeServer(kit, 'bare https of Node', 'bare-https-server.ts'),
        connections,
      ),
    ];
    return [
      {
        work: `idle mTLS connection, of ${connections}`,
        peer: 'bare https of Node',
        unit: 'kB',
        costs,
      },
    ];
  },
};

async function costOf(kit: Kit, gateway: Gateway, connections: number): Promise<Cost> {
  const warm = await hold(kit, gateway, WARM_UP);
  const before = residentBytes(gateway.program.pids());
  // No more at once than certbound takes by itself.
  const further = connections - WARM_UP;
  const held = await hold(kit, gateway, further);
  const after = residentBytes(gateway.program.pids());
  await Promise.all([warm(), held()]);
  const value = (after - before) / further / 1_000;
  return { name: gateway.name, value, spread: [value, value], memory: after };
}

/** Resolves, when all are there, to what lets them go. */
async function hold(
  kit: Kit,
  { port }: Gateway,
  connections: number,
): Promise<() => Promise<void>> {
  const path = (name: string): string => join(kit.material.folder, name);
  const job: HoldJob = {
    port,
    connections,
    ca: path(FILES.ca),
    certificate: path(FILES.client),
    key: path(FILES.clientKey),
  };
  const child = spawn('taskset', ['-c', String(LOAD_CORE), process.execPath, HOLDER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(job));
  const gone = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    gone.then(() => {
      throw new Error('the holder of connections ended');
    }),
  ]);
  return async () => {
    child.kill('SIGTERM');
    await gone;
  };
}
