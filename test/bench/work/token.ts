/** Bound tokens from the embedded service and what it says of them, beside the library below it. */

import type { Kit, Work } from '../bench.ts';
import { startEmbedded } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import type { Gateway } from '../gateways/gateway.ts';
import { startNodeServer } from '../gateways/node-server.ts';
import { requestText } from '../load/load.ts';
import { measureRounds } from '../rounds.ts';
import { issueToken } from './issue-token.ts';

const OPERATIONS = 4_000;
const PEER = 'oidc-provider';

interface Service {
  readonly gateway: Gateway;
  readonly tokenPath: string;
  readonly introspectionPath: string;
}

export const token: Work = {
  name: 'token',
  async measure(kit: Kit) {
    const services: readonly Service[] = [
      {
        gateway: await startEmbedded(kit),
        tokenPath: '/oauth2/token',
        introspectionPath: '/oauth2/introspect',
      },
      {
        gateway: await startNodeServer(kit, PEER, 'oidc-provider-server.ts'),
        tokenPath: '/token',
        introspectionPath: '/token/introspection',
      },
    ];
    const operations = Math.ceil(OPERATIONS * kit.scale);
    const measure = (requests: readonly string[]) =>
      measureRounds(
        services.map(({ gateway }, index) =>
          subjectOf(kit, gateway, {
            connections: 'keep',
            concurrency: 32,
            requests: [requests[index] ?? ''],
            status: 200,
          }),
        ),
        { rounds: kit.rounds, operations, warmUp: OPERATIONS },
      );
    const issued = await Promise.all(
      services.map(({ gateway, tokenPath }) => issueToken(kit, gateway.port, tokenPath)),
    );
    return [
      {
        work: 'bound token, embedded service',
        peer: PEER,
        unit: 'us CPU',
        costs: await measure(
          services.map(({ tokenPath }) =>
            requestText('POST', tokenPath, {
              body: 'grant_type=client_credentials&client_id=bench',
            }),
          ),
        ),
      },
      {
        work: 'introspection, embedded service',
        peer: PEER,
        unit: 'us CPU',
        costs: await measure(
          services.map(({ introspectionPath }, index) =>
            requestText('POST', introspectionPath, {
              body: `client_id=bench&token=${issued[index]}`,
            }),
          ),
        ),
      },
    ];
  },
};
