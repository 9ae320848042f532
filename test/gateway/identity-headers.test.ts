import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';

import { httpsRequest } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest, RecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
}

/** A gateway that writes both certificate headers for a server that reads them. */
async function start(t: TestContext): Promise<Fixture> {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: one_line_pem}, {format: rfc9440}]
`,
  });
  t.after(() => gateway.close());
  return { gateway, upstream };
}

function valuesOf(request: RecordedRequest | undefined, name: string): readonly string[] {
  const flat = request?.rawHeaders ?? [];
  const values: string[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    if (flat[at]?.toLowerCase() === name) values.push(flat[at + 1] ?? '');
  }
  return values;
}

/** Every field name that reached the upstream, with `_` and `.` read as `-`. */
function namesOf(request: RecordedRequest | undefined): readonly string[] {
  return (request?.rawHeaders ?? [])
    .filter((_, index) => index % 2 === 0)
    .map((name) => name.toLowerCase().replaceAll(/[_.]/g, '-'));
}

function clientCert(der: Uint8Array): string {
  return `:${Buffer.from(der).toString('base64')}:`;
}

function withClient({ gateway }: Fixture) {
  return {
    port: gateway.port,
    ca: gateway.ca,
    certificatePem: gateway.client.certificatePem,
    privateKeyPem: gateway.client.privateKeyPem,
  };
}

test('the certificate of the handshake reaches the upstream in both formats', async (t) => {
  const fixture = await start(t);
  const answer = await httpsRequest({ ...withClient(fixture), path: '/userinfo?a=1' });
  assert.equal(answer.status, 200);
  const [request] = fixture.upstream.requests;
  assert.equal(request?.url, '/userinfo?a=1');
  const { certificate, certificatePem } = fixture.gateway.client;
  assert.deepEqual(valuesOf(request, 'client-cert'), [clientCert(certificate)]);
  assert.deepEqual(valuesOf(request, 'x-wso2-mtls-cert'), [certificatePem.replaceAll('\n', '')]);
});

test('without a certificate no spelling of our header gets through (T01)', async (t) => {
  const fixture = await start(t);
  const spellings = [
    'x-wso2-mtls-cert',
    'X-WSO2-MTLS-CERT',
    'X-Wso2-Mtls-Cert',
    'x-Wso2-mTLS-cERT',
    'Client-Cert',
    'CLIENT-CERT',
    'client-cert',
    'cLIENT-cERT',
  ];
  for (const name of spellings) {
    const { port, ca } = withClient(fixture);
    const answer = await httpsRequest({ port, ca, path: '/', headers: [[name, ':AA==:']] });
    assert.equal(answer.status, 200);
    const names = namesOf(fixture.upstream.requests.at(-1));
    assert.ok(!names.includes('x-wso2-mtls-cert') && !names.includes('client-cert'), name);
  }
});

test('no known certificate header of any product gets through (T02)', async (t) => {
  const fixture = await start(t);
  const families = [
    'Client-Cert',
    'Client-Cert-Chain',
    'X-Forwarded-Client-Cert',
    'X-Client-Cert',
    'X-ClientCert',
    'X-SSL-Client-Cert',
    'X-SSL-Client-Verify',
    'X-SSL-Client-S-DN',
    'X-SSL-Cert',
    'SSL-Client-Cert',
    'SSL-Client-Verify',
    'SSL-Client-Subject-DN',
    'X-Forwarded-Tls-Client-Cert',
    'X-Forwarded-Tls-Client-Cert-Info',
    'X-ARR-ClientCert',
    'X-Amzn-Mtls-Clientcert',
    'X-Amzn-Mtls-Clientcert-Leaf',
    'X-Amzn-Mtls-Clientcert-Subject',
    'CloudFront-Viewer-Cert-Pem',
    'Cf-Client-Cert-Der-Base64',
    'Cf-Client-Cert-Sha256',
    'X-WSO2-Mtls-Cert',
    'Client-To-Edge',
    'certbound-client',
  ];
  const { port, ca } = withClient(fixture);
  const headers = families.map((name) => [name, 'forged'] as const);
  const answer = await httpsRequest({ port, ca, path: '/', headers });
  assert.equal(answer.status, 200);
  const names = namesOf(fixture.upstream.requests.at(-1));
  for (const name of families) assert.ok(!names.includes(name.toLowerCase()), name);
  assert.ok(!fixture.upstream.requests.at(-1)?.rawHeaders.includes('forged'));
});

test('underscores and dots for dashes do not get through either (T03)', async (t) => {
  const fixture = await start(t);
  const { port, ca } = withClient(fixture);
  const aliases = [
    'X_Client_Cert',
    'X-Client_Cert',
    'x.client.cert',
    'Client_Cert',
    'x_wso2_mtls_cert',
  ];
  for (const name of aliases) {
    const answer = await httpsRequest({ port, ca, path: '/', headers: [[name, 'forged']] });
    if (answer.status === 400) continue;
    assert.ok(!fixture.upstream.requests.at(-1)?.rawHeaders.includes('forged'), name);
  }
});

test('naming our header in Connection does not remove it (T04)', async (t) => {
  const fixture = await start(t);
  const expected = clientCert(fixture.gateway.client.certificate);
  const names = ['client-cert', 'Client-Cert', 'CLIENT-CERT', 'x-wso2-mtls-cert', 'cLiEnT-cErT'];
  const fields = ['Connection', 'connection', 'Keep-Alive', 'Proxy-Connection'];
  const joins = [', ', ',', ' ,\t', ',close,'];
  for (const name of names) {
    for (const field of fields) {
      for (const join of joins) {
        const value = ['keep-alive', name, 'x-other'].join(join);
        const answer = await httpsRequest({
          ...withClient(fixture),
          path: '/',
          headers: [
            [field, value],
            ['Connection', name],
          ],
        });
        assert.equal(answer.status, 200);
        const request = fixture.upstream.requests.at(-1);
        assert.deepEqual(valuesOf(request, 'client-cert'), [expected], `${field}: ${value}`);
        assert.equal(valuesOf(request, 'x-wso2-mtls-cert').length, 1);
      }
    }
  }
});

test('a header repeated or joined by commas is replaced by the one of the handshake (T06)', async (t) => {
  const fixture = await start(t);
  const expected = clientCert(fixture.gateway.client.certificate);
  for (const count of [2, 3, 50]) {
    const headers = Array.from(
      { length: count },
      () => ['Client-Cert', ':AA==:, ":BB==:"'] as const,
    );
    const answer = await httpsRequest({ ...withClient(fixture), path: '/', headers });
    assert.equal(answer.status, 200);
    assert.deepEqual(valuesOf(fixture.upstream.requests.at(-1), 'client-cert'), [expected]);
  }
});

/** Sends bytes as they are over TLS and returns what came back until the peer closed. */
async function raw(fixture: Fixture, bytes: string): Promise<string> {
  const { gateway } = fixture;
  const socket = connect({
    port: gateway.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: gateway.ca,
    cert: gateway.client.certificatePem,
    key: gateway.client.privateKeyPem,
  });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  // The peer may reset while we still write; what it answered before is what counts.
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}

test('a header sent as a trailer is neither merged nor forwarded (T05)', async (t) => {
  const fixture = await start(t);
  const answer = await raw(
    fixture,
    'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n' +
      'Trailer: Client-Cert\r\n\r\n3\r\nabc\r\n0\r\nClient-Cert: forged\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 200 /);
  const request = fixture.upstream.requests.at(-1);
  assert.equal(request?.body, 'abc');
  assert.deepEqual(valuesOf(request, 'client-cert'), [
    clientCert(fixture.gateway.client.certificate),
  ]);
  assert.ok(!request.rawHeaders.includes('forged'));
});

test('a flood of header fields is refused before anything is forwarded (T07)', async (t) => {
  const fixture = await start(t);
  const flood = Array.from({ length: 2_001 }, () => 'a: b\r\n').join('');
  const answer = await raw(
    fixture,
    `POST /x HTTP/1.1\r\nHost: localhost\r\n${flood}Content-Length: 3\r\nClient-Cert: x\r\n\r\nabc`,
  );
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.equal(fixture.upstream.requests.length, 0);
});

test("forwarded headers of a client are replaced by the gateway's own", async (t) => {
  const fixture = await start(t);
  const answer = await httpsRequest({
    ...withClient(fixture),
    path: '/',
    headers: [
      ['X-Forwarded-For', '6.6.6.6'],
      ['X-Forwarded-Host', 'evil.example'],
      ['Forwarded', 'for=6.6.6.6'],
      ['X-Request-Id', 'forged'],
      ['X_Forwarded_For', '6.6.6.6'],
      ['X.Request.Id', 'forged'],
      ['X-Original-URL', '/admin'],
      ['Remote-User', 'root'],
    ],
  });
  const request = fixture.upstream.requests.at(-1);
  assert.deepEqual(valuesOf(request, 'x-forwarded-for'), ['127.0.0.1']);
  assert.deepEqual(valuesOf(request, 'x-forwarded-proto'), ['https']);
  assert.deepEqual(valuesOf(request, 'x-forwarded-host'), [`localhost:${fixture.gateway.port}`]);
  assert.deepEqual(valuesOf(request, 'forwarded'), [
    `for=127.0.0.1;host="localhost:${fixture.gateway.port}";proto=https`,
  ]);
  for (const name of ['x_forwarded_for', 'x.request.id', 'x-original-url', 'remote-user']) {
    assert.deepEqual(valuesOf(request, name), []);
  }
  assert.deepEqual(valuesOf(request, 'x-request-id'), [answer.headers['x-request-id']]);
});
