import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';

import { httpsRequest } from '../support/https-client.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

test('a reload gives nobody new tokens, nor more connections than before', async (t) => {
  const yaml = (rate: string): string =>
    `${EMBEDDED}\nrate_limits: {per_address: [{paths: [/oauth2/jwks], rate: ${rate}}]}`;
  const listener =
    '    limits: {max_connections_per_address: 5, header_timeout: 10m, request_timeout: 10m}';
  const gateway = await startGateway({ yaml: yaml('1/h'), listener });
  t.after(gateway.close);
  const { port, ca } = gateway;
  const ask = async (path: string): Promise<number> =>
    (await httpsRequest({ port, ca, path, localAddress: '127.0.0.2' })).status;
  assert.equal(await ask('/oauth2/jwks'), 200);
  assert.equal(await ask('/oauth2/jwks'), 429);
  for (let count = 0; count < 5; count += 1) {
    const open = connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
    t.after(() => open.destroy());
    // The end of HTTP/1.1 connections without a request is told by closing them.
    open.on('error', () => {});
    await once(open, 'secureConnect');
  }
  // Other rules of the listener, and the same rates.
  await gateway.configure({ listener: `${listener}\n    http2: false` });
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  assert.equal(await ask('/oauth2/jwks'), 429);
  await assert.rejects(httpsRequest({ port, ca, path: '/' }));
  await gateway.logged(({ reason }) => reason === 'connections_exceeded');
  await gateway.configure({ yaml: yaml('2/h') });
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  assert.equal(await ask('/oauth2/jwks'), 200);
});

test('limits on overload need a restart', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(gateway.close);
  await gateway.configure({ yaml: `${EMBEDDED}\noverload: {max_requests: 5}` });
  const outcome = await gateway.running.reload();
  assert.equal(outcome.outcome, 'refused');
  assert.match(JSON.stringify(outcome), /overload.*restart/);
});
