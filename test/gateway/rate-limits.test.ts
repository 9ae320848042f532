import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

/** So slow that no token comes back while a test runs. */
async function startForeign(t: TestContext, yaml: string, listener = '') {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener,
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]
${yaml}`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const get = (path: string, more: Partial<Parameters<typeof httpsRequest>[0]> = {}) =>
    httpsRequest({ port, ca, path, ...more });
  return { gateway, upstream, get };
}

test('who asks more often than its address may is answered 429, others are served', async (t) => {
  const { gateway, upstream, get } = await startForeign(
    t,
    'rate_limits: {per_address: [{rate: 3/h}]}',
  );
  for (let count = 0; count < 3; count += 1) assert.equal((await get('/a')).status, 200);
  const refused = await get('/b');
  assert.equal(refused.status, 429);
  assert.equal(refused.json()['error'], 'temporarily_unavailable');
  const seconds = Number(refused.headers['retry-after']);
  assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 1_200);
  assert.equal(upstream.requests.length, 3);
  assert.equal((await get('/a', { localAddress: '127.0.0.2' })).status, 200);
  const line = await gateway.logged(({ reason }) => reason === 'rate_exceeded');
  assert.match(String(line['detail']), /rate_limits\.per_address\[0\]/);
  assert.match(await gateway.metrics(), /^certbound_refusals_total\{reason="rate_exceeded"\} 1$/m);
});

test('a rule counts its paths only, and each in every spelling that a server may take', async (t) => {
  const { get } = await startForeign(
    t,
    'rate_limits: {per_address: [{paths: [/admin/*], rate: 1/h}]}',
  );
  assert.equal((await get('/admin/a')).status, 200);
  for (const path of ['/admin/b', '/Admin', '/%61dmin/b', '//admin', '/x/../admin/b']) {
    assert.equal((await get(path)).status, 429, path);
  }
  assert.equal((await get('/administrators')).status, 200);
});

test('exempt addresses are not counted', async (t) => {
  const { get } = await startForeign(
    t,
    'rate_limits: {per_address: [{rate: 1/h}], exempt_addresses: [127.0.0.0/31]}',
  );
  for (let count = 0; count < 3; count += 1) assert.equal((await get('/')).status, 200);
  const localAddress = '127.0.0.2';
  assert.equal((await get('/', { localAddress })).status, 200);
  assert.equal((await get('/', { localAddress })).status, 429);
});

test('behind a believed load balancer the address that it tells is counted', async (t) => {
  const { get } = await startForeign(
    t,
    'rate_limits: {per_address: [{rate: 1/h}]}',
    '    from_load_balancer: {format: nginx, peers: [127.0.0.1]}',
  );
  const from = (address: string) => get('/', { headers: [['x-forwarded-for', address]] });
  assert.equal((await from('192.0.2.1')).status, 200);
  assert.equal((await from('192.0.2.1')).status, 429);
  assert.equal((await from('192.0.2.2')).status, 200);
  // What stands left of it the client has written.
  assert.equal((await from('198.51.100.9, 192.0.2.2')).status, 429);
  assert.equal((await from('2001:db8:0:1::1')).status, 200);
  assert.equal((await from('2001:db8:0:1:ffff::2')).status, 429, 'the same /64');
  assert.equal((await from('2001:db8:0:2::1')).status, 200);
});

test('a client is counted when it has proven who it is, and nobody else in its name', async (t) => {
  const gateway = await startGateway({
    yaml: `${EMBEDDED}
rate_limits: {per_client: [{paths: [/oauth2/introspect], rate: 2/h}]}`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const ask = async (secret: string, path = '/oauth2/introspect'): Promise<number> => {
    const headers = [basic('resource-server', secret)] as const;
    return (await postForm({ port, ca, path, form: { token: 'x' }, headers })).status;
  };
  for (let count = 0; count < 4; count += 1) assert.equal(await ask('wrong'), 401);
  assert.equal(await ask('rs-secret'), 200);
  assert.equal(await ask('rs-secret'), 200);
  assert.equal(await ask('rs-secret'), 429);
  assert.equal(await ask('rs-secret', '/oauth2/revoke'), 200);
});
