import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';

import { httpsRequest, postForm } from '../support/https-client.ts';
import { selfSigned } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

async function start(
  t: TestContext,
): Promise<{ readonly gateway: GatewayFixture; readonly upstream: RecordingUpstream }> {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: '    client_certificate: require',
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]
`,
  });
  t.after(() => gateway.close());
  return { gateway, upstream };
}

test('under require, an OAuth path without a certificate is answered 401 invalid_client', async (t) => {
  const { gateway, upstream } = await start(t);
  const { port, ca } = gateway;
  const answer = await postForm({ port, ca, path: '/oauth2/token', form: { client_id: 'a' } });
  assert.equal(answer.status, 401);
  assert.equal(answer.json()['error'], 'invalid_client');
  assert.equal(answer.headers.connection, 'close');
  assert.equal(upstream.requests.length, 0);
});

test('under require, any other path without a certificate is answered 400', async (t) => {
  const { gateway, upstream } = await start(t);
  const { port, ca } = gateway;
  for (const path of ['/', '/nothing/here']) {
    const answer = await httpsRequest({ port, ca, path });
    assert.equal(answer.status, 400);
    assert.equal(answer.json()['error'], 'client_certificate_required');
    assert.equal(answer.headers.connection, 'close');
  }
  assert.equal(upstream.requests.length, 0);
  await gateway.logged((line) => line['reason'] === 'certificate_absent');
});

test('under require, the refusal does not wait for the request body', async (t) => {
  const { gateway, upstream } = await start(t);
  const socket = connect({ port: gateway.port, servername: 'localhost', ca: gateway.ca });
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  // The gateway may reset the connection once it has answered.
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(
    'POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nclient_id=',
  );
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 401 /);
  assert.equal(upstream.requests.length, 0);
});

test('under require, a client with a certificate is served', async (t) => {
  const { gateway, upstream } = await start(t);
  const { port, ca } = gateway;
  const answer = await httpsRequest({ port, ca, path: '/', ...gateway.stranger });
  assert.equal(answer.status, 200);
  assert.equal(upstream.requests.length, 1);
});

test('a certificate that only OpenSSL can read is refused with its own reason', async (t) => {
  const { gateway, upstream } = await start(t);
  const { port, ca } = gateway;
  // A negative serial number (RFC 5280 section 4.1.2.2).
  const odd = await selfSigned({ subject: 'CN=odd', serialNumber: '80' });
  const form = { grant_type: 'client_credentials', client_id: 'a' };
  const token = await postForm({ port, ca, path: '/oauth2/token', form, ...odd });
  assert.deepEqual([token.status, token.json()['error']], [401, 'invalid_client']);
  const plain = await httpsRequest({ port, ca, path: '/', ...odd });
  assert.deepEqual([plain.status, plain.json()['error']], [400, 'client_certificate_invalid']);
  assert.equal(plain.headers.connection, 'close');
  assert.equal(upstream.requests.length, 0);
  await gateway.logged((line) => line['reason'] === 'certificate_malformed');
  const counted = 'outcome="untrusted",reason="certificate_malformed"} 2';
  assert.ok((await gateway.metrics()).includes(counted));
});
