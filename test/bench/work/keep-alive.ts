/** A request over a connection that stays, with the certificate in a header. */

import type { Kit, Work } from '../bench.ts';
import { startCertbound } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import type { GatewayLoad } from '../gateways/gateway.ts';
import { startHaproxy } from '../gateways/haproxy.ts';
import { startHttpProxy } from '../gateways/http-proxy.ts';
import { startNginx } from '../gateways/nginx.ts';
import { startNodeServer } from '../gateways/node-server.ts';
import { startUpstream } from '../gateways/upstream.ts';
import { requestText } from '../load/load.ts';
import { WARM_REQUESTS, measureRounds } from '../rounds.ts';

const OPERATIONS = 30_000;

export const KEPT_LOAD: GatewayLoad = {
  connections: 'keep',
  concurrency: 32,
  requests: [requestText('GET', '/hello')],
  status: 200,
};

export const keepAlive: Work = {
  name: 'keep-alive request',
  async measure(kit: Kit) {
    const upstream = await startUpstream(kit);
    const gateways = [
      await startCertbound(kit, upstream),
      await startNginx(kit, upstream),
      await startHaproxy(kit, upstream),
      await startHttpProxy(kit, upstream),
      // The floor of any proxy on Node, which reads no HTTP.
      await startNodeServer(kit, 'TLS splice', 'tls-splice-server.ts', String(upstream)),
    ];
    const operations = Math.ceil(OPERATIONS * kit.scale);
    const costs = await measureRounds(
      gateways.map((gateway) => subjectOf(kit, gateway, KEPT_LOAD)),
      { rounds: kit.rounds, operations, warmUp: WARM_REQUESTS },
    );
    return [
      {
        work: 'keep-alive request, certificate header added',
        peer: 'nginx',
        unit: 'us CPU',
        costs,
      },
    ];
  },
};
