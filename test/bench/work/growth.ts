/** What grows with the size of things: fields, chains, bodies; beside nginx. */

import type { Cost, Kit, Row, Work } from '../bench.ts';
import { startCertbound } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import type { GatewayLoad } from '../gateways/gateway.ts';
import { startNginx } from '../gateways/nginx.ts';
import { startUpstream } from '../gateways/upstream.ts';
import { requestText } from '../load/load.ts';
import { WARM_REQUESTS, measureRounds } from '../rounds.ts';

const LARGE_BYTES = 10 * 1024 * 1024;

interface Case {
  readonly work: string;
  readonly operations: number;
  readonly warmUp: number;
  readonly load: GatewayLoad;
}

const KEEP = { connections: 'keep', concurrency: 16, status: 200 } as const;

const SMALL = { operations: 10_000, warmUp: WARM_REQUESTS / 2 } as const;
const LARGE = { operations: 40, warmUp: 20 } as const;

const CASES: readonly Case[] = [
  ...[10, 100].map((count) => ({
    work: `request of ${count} fields`,
    ...SMALL,
    load: {
      ...KEEP,
      requests: [
        requestText('GET', '/hello', {
          fields: Array.from({ length: count }, (_, n) => `X-Field-${n}: value ${n}`),
        }),
      ],
    },
  })),
  {
    work: 'request, chain of three RSA-4096 certificates',
    ...SMALL,
    load: { ...KEEP, client: 'long', requests: [requestText('GET', '/hello')] },
  },
  {
    work: 'answer of 8 kB',
    ...SMALL,
    load: { ...KEEP, requests: [requestText('GET', '/middle')] },
  },
  {
    work: 'answer of 10 MB',
    ...LARGE,
    load: { ...KEEP, concurrency: 4, requests: [requestText('GET', '/large')] },
  },
  {
    work: 'request body of 10 MB',
    ...LARGE,
    load: {
      ...KEEP,
      concurrency: 4,
      requests: [requestText('POST', '/upload', { body: 'a'.repeat(LARGE_BYTES) })],
    },
  },
];

export const growth: Work = {
  name: 'growth',
  async measure(kit: Kit) {
    const upstream = await startUpstream(kit);
    const gateways = [await startCertbound(kit, upstream), await startNginx(kit, upstream)];
    const rows: Row[] = [];
    for (const { work, operations, warmUp, load } of CASES) {
      const scaled = Math.ceil(operations * kit.scale);
      const costs: readonly Cost[] = await measureRounds(
        gateways.map((gateway) => subjectOf(kit, gateway, load)),
        { rounds: kit.rounds, operations: scaled, warmUp },
      );
      rows.push({ work, peer: 'nginx', unit: 'us CPU', costs });
    }
    return rows;
  },
};
