/** A connection with a client certificate for one request: whole handshakes, and resumed ones. */

import type { Kit, Work } from '../bench.ts';
import { startCertbound, start } from '../gateways/certbound.ts';
import { subjectOf } from '../gateways/gateway.ts';
import { startHaproxy } from '../gateways/haproxy.ts';
import { startHttpProxy } from '../gateways/http-proxy.ts';
import { startNginx } from '../gateways/nginx.ts';
import { startNodeServer } from '../gateways/node-server.ts';
import { startUpstream } from '../gateways/upstream.ts';
import { requestText } from '../load/load.ts';
import { WARM_REQUESTS, measureRounds } from '../rounds.ts';
import { KEPT_LOAD } from './keep-alive.ts';

const OPERATIONS = 1_500;
/**
 * V8 still compiles what makes connections at the ten thousandth: some 50 us of each go there until then.
 * Half as many in quick runs.
 */
const WARM_UP = 12_000;

const LOAD = {
  concurrency: 8,
  requests: [requestText('GET', '/hello', { fields: ['Connection: close'] })],
  status: 200,
} as const;

export const handshake: Work = {
  name: 'handshake',
  async measure(kit: Kit) {
    const upstream = await startUpstream(kit);
    const nginx = await startNginx(kit, upstream);
    // Answers by itself: the floor of any gateway on Node.
    const bare = await startNodeServer(kit, 'bare https of Node', 'bare-https-server.ts');
    const whole = [
      await startCertbound(kit, upstream),
      nginx,
      await startHaproxy(kit, upstream),
      await startHttpProxy(kit, upstream),
      bare,
    ];
    const resuming = await start(kit, {
      name: 'certbound, resuming',
      listener: '    session_resumption: on',
      yaml: `
token_service:
  upstream:
    url: http://127.0.0.1:${upstream}
    certificate_headers: [{preset: keycloak-nginx, name: x-client-cert}]
`,
    });
    // What happens to a request is compiled by then, as in every gateway that has run for a minute.
    for (const gateway of [...whole, resuming]) {
      await subjectOf(kit, gateway, KEPT_LOAD).run(WARM_REQUESTS);
    }
    const operations = Math.ceil(OPERATIONS * kit.scale);
    const rounds = { rounds: kit.rounds, operations, warmUp: WARM_UP * Math.max(kit.scale, 0.5) };
    const full = { ...LOAD, connections: 'full' } as const;
    const resumed = { ...LOAD, connections: 'resumed' } as const;
    return [
      {
        work: 'full mTLS handshake + one request',
        peer: 'nginx',
        unit: 'us CPU',
        costs: await measureRounds(
          whole.map((gateway) => subjectOf(kit, gateway, full)),
          rounds,
        ),
      },
      {
        work: 'resumed mTLS connection + one request',
        peer: 'nginx',
        unit: 'us CPU',
        costs: await measureRounds(
          [
            subjectOf(kit, resuming, resumed),
            // Against a whole handshake there: nginx resumes what it should verify anew.
            subjectOf(kit, nginx, full),
            { ...subjectOf(kit, nginx, resumed), name: 'nginx, resuming' },
            subjectOf(kit, bare, resumed),
          ],
          rounds,
        ),
      },
    ];
  },
};
