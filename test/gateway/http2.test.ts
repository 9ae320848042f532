import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { http2Connect, http2Exchange, http2Request } from '../support/http2-client.ts';
import { FRAME, connectFrames, frame, headers, request } from '../support/http2-frames.ts';
import { basic } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest, RecordingUpstream, Respond } from '../support/recording-upstream.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createWorkshop } from '../support/workshop.ts';
import { tokenByCurl, withoutCurl } from './curl.ts';
import { ODD_FRAMES } from './desync-frames.ts';

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
}

async function start(t: TestContext, respond?: Respond): Promise<Fixture> {
  const upstream = await startRecordingUpstream(respond);
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

function withClient({ gateway }: Fixture) {
  return { port: gateway.port, ca: gateway.ca, ...gateway.client };
}

function valuesOf(recorded: RecordedRequest | undefined, name: string): readonly string[] {
  const flat = recorded?.rawHeaders ?? [];
  return flat.filter((_, index) => index % 2 === 1 && flat[index - 1]?.toLowerCase() === name);
}

function clientCert(der: Uint8Array): string {
  return `:${Buffer.from(der).toString('base64')}:`;
}

const FORM = ['content-type', 'application/x-www-form-urlencoded'] as const;

test('a token asked for over HTTP/2 is bound to the certificate of the connection', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const { port, ca, client } = gateway;
  const session = http2Connect({ port, ca, ...client });
  t.after(() => session.destroy());
  const post = async (path: string, form: Readonly<Record<string, string>>, ...fields: Fields) =>
    http2Exchange(session, {
      method: 'POST',
      path,
      authority: `localhost:${port}`,
      headers: [FORM, ...fields],
      body: new URLSearchParams(form).toString(),
    });
  const token = await post('/oauth2/token', {
    grant_type: 'client_credentials',
    client_id: 'self-signed',
  });
  assert.equal(token.status, 200, token.text);
  const form = { token: String(token.json()['access_token']) };
  const introspected = await post(
    '/oauth2/introspect',
    form,
    basic('resource-server', 'rs-secret'),
  );
  assert.deepEqual(introspected.json()['cnf'], { 'x5t#S256': client.thumbprint });

  const line = await gateway.logged(({ route }) => route === 'token');
  assert.equal(line['protocol'], 'h2');
  assert.equal(line['thumbprint'], client.thumbprint);
  assert.equal(token.headers['x-request-id'], line['request_id']);
  assert.match(
    await gateway.metrics(),
    /certbound_http_requests_total\{route="token",method="POST",status="200",protocol="h2"\} 1/,
  );
});

type Fields = readonly (readonly [string, string])[];

test('curl asks for HTTP/2 and gets it', { skip: withoutCurl }, async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const workshop = createWorkshop((clean) => t.after(clean));
  const identity = gateway.client;
  const token = await tokenByCurl(gateway, { clientId: 'self-signed', identity, workshop });
  assert.equal(typeof token['access_token'], 'string');
  const line = await gateway.logged(({ route }) => route === 'token');
  const hasHttp2 = execFileSync('curl', ['--version'], { encoding: 'utf8' }).includes('HTTP2');
  assert.equal(line['protocol'], hasHttp2 ? 'h2' : 'http/1.1');
});

test('with http2 off a client gets HTTP/1.1', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED, listener: '    http2: false' });
  t.after(() => gateway.close());
  await assert.rejects(http2Request({ port: gateway.port, ca: gateway.ca, path: '/' }));
  await gateway.logged(({ reason }) => reason === 'handshake_protocol');
});

test('over HTTP/2 the upstream gets the certificate of the handshake and nothing forged (T01, T02, T03, T06)', async (t) => {
  const fixture = await start(t);
  const forged = [
    'client-cert',
    'client-cert-chain',
    'x-forwarded-client-cert',
    'x-ssl-client-cert',
    'ssl-client-verify',
    'x-amzn-mtls-clientcert',
    'x-wso2-mtls-cert',
    'certbound-client',
    'x_client_cert',
    'x.client.cert',
    'client_cert',
    'x-forwarded-for',
    'x_forwarded_for',
    'forwarded',
    'x-request-id',
    'remote-user',
  ];
  const fields = forged.flatMap((name) => [[name, 'forged'] as const, [name, 'forged'] as const]);
  for (const identity of [fixture.gateway.client, undefined]) {
    const { port, ca } = fixture.gateway;
    const answer = await http2Request({ port, ca, path: '/a?b', headers: fields, ...identity });
    assert.equal(answer.status, 200);
    const recorded = fixture.upstream.requests.at(-1);
    assert.equal(recorded?.url, '/a?b');
    assert.ok(!recorded.rawHeaders.includes('forged'));
    const certificates = identity === undefined ? [] : [clientCert(identity.certificate)];
    assert.deepEqual(valuesOf(recorded, 'client-cert'), certificates);
    assert.equal(valuesOf(recorded, 'x-wso2-mtls-cert').length, certificates.length);
    assert.deepEqual(valuesOf(recorded, 'x-forwarded-host'), [`localhost:${port}`]);
    assert.deepEqual(valuesOf(recorded, 'x-request-id'), [answer.headers['x-request-id']]);
  }
});

test('a header sent as a trailer of HTTP/2 is neither merged nor forwarded (T05)', async (t) => {
  const fixture = await start(t);
  const { client } = fixture.gateway;
  const sender = await connectFrames(fixture.gateway, {
    cert: client.certificatePem,
    key: client.privateKeyPem,
  });
  t.after(() => sender.socket.destroy());
  sender.send(
    headers(1, request([], { method: 'POST', path: '/x' }), 0),
    frame(FRAME.data, 0, 1, Buffer.from('abc')),
    headers(1, [['client-cert', 'forged']]),
  );
  await sender.frame(({ type }) => type === FRAME.data);
  const [recorded] = fixture.upstream.requests;
  assert.equal(recorded?.body, 'abc');
  assert.deepEqual(valuesOf(recorded, 'client-cert'), [clientCert(client.certificate)]);
});

test('T53, T07: what HTTP/1.1 would read differently never gets to the upstream', async (t) => {
  const fixture = await start(t);
  for (const sent of ODD_FRAMES) {
    const sender = await connectFrames(fixture.gateway);
    t.after(() => sender.socket.destroy());
    sender.send(...sent);
    await sender.frame(
      ({ type, streamId }) => streamId === 1 && (type === FRAME.rstStream || type === FRAME.data),
    );
  }
  assert.deepEqual(fixture.upstream.requests, []);
});

test('large bodies pass over HTTP/2 in both directions', async (t) => {
  const size = 3 * 1_024 * 1_024;
  const fixture = await start(t, ({ body }, response) => {
    response.writeHead(200, { 'content-length': String(body.length) });
    response.end(body);
  });
  const body = 'x'.repeat(size);
  const answer = await http2Request({ ...withClient(fixture), method: 'PUT', path: '/', body });
  assert.equal(answer.headers['content-length'], String(size));
  assert.equal(answer.text, body);
});

test('an upstream that breaks off its answer resets the stream, and the connection goes on', async (t) => {
  const fixture = await start(t, ({ url }, response) => {
    if (url === '/ok') {
      response.end('ok');
      return;
    }
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write('begin');
    setImmediate(() => response.destroy());
  });
  const session = http2Connect(withClient(fixture));
  t.after(() => session.destroy());
  await assert.rejects(http2Exchange(session, { path: '/broken' }), /INTERNAL_ERROR/);
  const line = await fixture.gateway.logged(({ path }) => path === '/broken');
  assert.equal(line['delivery'], 'broken');
  assert.equal((await http2Exchange(session, { path: '/ok' })).text, 'ok');
});

test('an upstream that is gone is a 503 over HTTP/2 too', async (t) => {
  const fixture = await start(t);
  await fixture.upstream.close();
  assert.equal((await http2Request({ ...withClient(fixture), path: '/' })).status, 503);
});

test('a client that takes its request back aborts the one to the upstream', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const fixture = await start(t, (_, response) => {
    response.once('close', () => aborted.resolve());
    arrived.resolve();
  });
  const session = http2Connect(withClient(fixture));
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/slow' });
  stream.on('error', () => undefined);
  await arrived.promise;
  stream.close(8);
  await Promise.all([aborted.promise, once(stream, 'close')]);
  const line = await fixture.gateway.logged(({ path }) => path === '/slow');
  assert.equal(line['reason'], 'client_gone');
});

test('a request that was allowed stays so when its client leaves amid the answer', async (t) => {
  const fixture = await start(t, (_, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write('begin');
  });
  const session = http2Connect(withClient(fixture));
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/endless' });
  stream.on('error', () => undefined);
  await once(stream, 'data');
  stream.close(8);
  const line = await fixture.gateway.logged(({ path }) => path === '/endless');
  assert.equal(line['delivery'], 'client_gone');
  assert.deepEqual([line['decision'], line['reason']], ['allowed', undefined]);
});
