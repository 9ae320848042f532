/** A bound token from the embedded service, beside the library that it is built on. */

import type { Kit, Work } from '../bench.ts';
import { startEmbedded } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import { startNodeServer } from '../gateways/node-server.ts';
import { requestText } from '../load/load.ts';
import { measureRounds } from '../rounds.ts';

const OPERATIONS = 6_000;

export const token: Work = {
  name: 'token',
  async measure(kit: Kit) {
    const gateways = [
      { gateway: await startEmbedded(kit), path: '/oauth2/token' },
      {
        gateway: await startNodeServer(kit, 'oidc-provider', 'oidc-provider-server.ts'),
        path: '/token',
      },
    ];
    const body = 'grant_type=client_credentials&client_id=bench';
    const operations = Math.ceil(OPERATIONS * kit.scale);
    const costs = await measureRounds(
      gateways.map(({ gateway, path }) =>
        subjectOf(kit, gateway, {
          connections: 'keep',
          concurrency: 32,
          requests: [requestText('POST', path, { body })],
          status: 200,
        }),
      ),
      { rounds: kit.rounds, operations, warmUp: operations },
    );
    return [
      { work: 'bound token, embedded service', peer: 'oidc-provider', unit: 'us CPU', costs },
    ];
  },
};
