import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startMixedLoad } from '../support/mixed-load.ts';
import { servingWorkers } from './workers-gateway.ts';

const CLIENTS = `
  - client_id: another
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
`;

test('F12: reloads of all workers under load lose no request', async (t) => {
  const gateway = await servingWorkers(t);
  const load = startMixedLoad(gateway, { clients: 3 });
  t.after(load.stop);
  for (let count = 0; count < 6; count += 1) {
    await load.more(20);
    // Every second time the listener gets other rules, too.
    const listener = count % 4 < 2 ? '' : '    http2: true\n    tls_min_version: TLSv1.3\n';
    await gateway.configure({ listener, clients: count % 2 === 0 ? CLIENTS : '' });
    assert.equal((await gateway.manage('POST', '/reload')).status, 200);
  }
  await load.more(20);
  assert.deepEqual(await load.stop(), []);
});
