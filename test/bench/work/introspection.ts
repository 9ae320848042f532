/** Introspection of a bound token: the binding looked up, `cnf` added to the server's answer. */

import { join } from 'node:path';
import { readFileSync } from 'node:fs';

import { readCertificates } from '../../../src/certificate/pem.ts';
import { thumbprintOf } from '../../../src/certificate/thumbprint.ts';
import type { Kit, Work } from '../bench.ts';
import { startCertbound } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import { startNginxWithLua, startNginxWithNjs } from '../gateways/nginx.ts';
import { startUpstream } from '../gateways/upstream.ts';
import { requestText } from '../load/load.ts';
import { FILES } from '../material.ts';
import { WARM_REQUESTS, measureRounds } from '../rounds.ts';
import { issueToken } from './issue-token.ts';

const OPERATIONS = 30_000;
const TOKENS = 1_000;
/** Of a caller that the server behind the gateway authenticates. */
const CALLER = `Authorization: Basic ${Buffer.from('api:api-secret').toString('base64')}`;

export const introspection: Work = {
  name: 'introspection',
  async measure(kit: Kit) {
    const upstream = await startUpstream(kit);
    const ours = await startCertbound(kit, upstream);
    const tokens = await issueTokens(kit, ours.port);
    const thumbprint = thumbprintOf(clientCertificate(kit));
    const bindings = Object.fromEntries(tokens.map((token) => [token, thumbprint]));
    const gateways = [
      ours,
      await startNginxWithNjs(kit, upstream, bindings),
      await startNginxWithLua(kit, upstream, bindings),
    ];
    const load = {
      connections: 'keep',
      concurrency: 32,
      client: 'none',
      requests: tokens.map((token) =>
        requestText('POST', '/oauth2/introspect', { fields: [CALLER], body: `token=${token}` }),
      ),
      status: 200,
    } as const;
    const operations = Math.ceil(OPERATIONS * kit.scale);
    const costs = await measureRounds(
      gateways.map((gateway) => subjectOf(kit, gateway, load)),
      { rounds: kit.rounds, operations, warmUp: WARM_REQUESTS },
    );
    return [
      {
        work: 'introspection, binding looked up and cnf added',
        peer: 'nginx + njs',
        unit: 'us CPU',
        costs,
      },
    ];
  },
};

function clientCertificate({ material }: Kit): Uint8Array {
  const [der] = readCertificates(readFileSync(join(material.folder, FILES.client), 'utf8'));
  if (der === undefined) throw new Error('no client certificate');
  return der;
}

async function issueTokens(kit: Kit, port: number): Promise<readonly string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < TOKENS; index += 1) tokens.push(await issueToken(kit, port));
  return tokens;
}
