/**
 * What two workers cost beside one process: CPU of all processes of the gateway, the one that hands
 * out connections included. All of them share one core, so that neither has caches of its own more.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Cost, Kit, Work } from '../bench.ts';
import { start } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import type { Gateway, GatewayLoad } from '../gateways/gateway.ts';
import { startUpstream } from '../gateways/upstream.ts';
import { requestText } from '../load/load.ts';
import { measureRounds } from '../rounds.ts';
import { KEPT_LOAD } from './keep-alive.ts';

const KEPT = 20_000;
const ANEW = 2_000;
const TWO = 'certbound, two workers';
const ONE = 'certbound, one process';

const LOADS: readonly { work: string; operations: number; warmUp: number; load: GatewayLoad }[] = [
  {
    work: 'keep-alive request, two workers',
    operations: KEPT,
    warmUp: 75_000,
    load: KEPT_LOAD,
  },
  {
    work: 'full mTLS handshake + one request, two workers',
    operations: ANEW,
    // Each worker has to compile what makes connections, and sees half of them.
    warmUp: 12_000,
    load: {
      connections: 'full',
      concurrency: 8,
      requests: [requestText('GET', '/hello', { fields: ['Connection: close'] })],
      status: 200,
    },
  },
];

export const workers: Work = {
  name: 'workers',
  async measure(kit: Kit) {
    const upstream = await startUpstream(kit);
    const begin = (name: string, count: number): Promise<Gateway> =>
      start(kit, {
        name,
        yaml: `
workers: ${count}
token_service:
  upstream:
    url: http://127.0.0.1:${upstream}
    certificate_headers: [{preset: keycloak-nginx, name: x-client-cert}]
`,
      });
    const [two, one] = [await begin(TWO, 2), await begin(ONE, 1)];
    const rows = [];
    for (const { work, operations, warmUp, load } of LOADS) {
      const scaled = Math.ceil(operations * kit.scale);
      const costs = await measureRounds(
        [two, one].map((gateway) => subjectOf(kit, gateway, load)),
        // Each worker compiles its own code, in quick runs too.
        { rounds: kit.rounds, operations: scaled, warmUp },
      );
      rows.push({ work, peer: ONE, unit: 'us CPU', costs });
    }
    // The last load opened a connection for each request.
    const costs = [await busierShare(kit, ANEW * kit.scale * kit.rounds), HALF];
    return [...rows, { work: 'connections of the busier worker', peer: 'half', unit: '%', costs }];
  },
};

const HALF: Cost = { name: 'half', value: 50, spread: [50, 50] };

/** Of so many requests at the end of the log, in percent. */
async function busierShare(kit: Kit, requests: number): Promise<Cost> {
  const log = await readFile(
    join(kit.material.folder, 'certbound-certbound-two-workers/data/log'),
    'utf8',
  );
  const lines = log.split('\n').filter((line) => line.includes('"msg":"request"'));
  const last = lines.slice(-requests);
  const first = last.filter((line) => line.includes('"worker":1,')).length;
  const value = (Math.max(first, last.length - first) / last.length) * 100;
  return { name: TWO, value, spread: [value, value] };
}
