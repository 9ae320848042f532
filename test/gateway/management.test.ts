import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { ask } from '../management/request.ts';
import { httpsRequest, postForm } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED, MANAGEMENT_TOKEN, startGateway } from '../support/running-gateway.ts';

test('the status page tells what runs and what came, without a script or anything from elsewhere', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const form = { grant_type: 'client_credentials', client_id: '<b>nobody' };
  await postForm({ ...gateway, ...gateway.client, path: '/oauth2/token', form });
  await gateway.logged(({ route }) => route === 'token');

  for (const path of ['/', '/status', '/status?x=1']) {
    const { status, headers, body } = await ask(gateway.managementPort, path);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none'; style-src 'sha256-/,
    );
    assert.match(body, /client_unknown/);
    assert.match(body, /https:\/\/localhost:9443/);
    assert.doesNotMatch(
      body,
      /<script|\bon\w+=|https?:\/\/(?!localhost)|url\(|@import|style=|<b>nobody/,
    );
  }
  const { body, headers } = await ask(gateway.managementPort, '/status.json');
  assert.equal(headers['content-type'], 'application/json');
  const report = JSON.parse(body) as Record<string, unknown>;
  assert.partialDeepStrictEqual(report, {
    readiness: { ready: true, checks: { store: 'ok' } },
    tokenService: { kind: 'embedded', issuer: 'https://localhost:9443' },
    listeners: [
      { name: 'public', address: `127.0.0.1:${gateway.port}`, clientCertificate: 'want' },
    ],
    clients: [
      { method: 'self_signed_tls_client_auth', count: 1 },
      { method: 'tls_client_auth', count: 1 },
      { method: 'client_secret_basic', count: 1 },
    ],
    store: { engine: 'sqlite' },
  });
  const { certificates, history } = report as {
    readonly certificates: readonly { readonly role: string; readonly notAfter: number }[];
    readonly history: { readonly steps: readonly { readonly requests: { refused: number } }[] };
  };
  assert.deepEqual(certificates.map(({ role }) => role).toSorted(), [
    'client',
    'client_ca',
    'server',
  ]);
  assert.equal(history.steps.length, 120);
  assert.equal(
    history.steps.reduce((sum, { requests }) => sum + requests.refused, 0),
    1,
  );
});

test('T74: what the management listener serves is reached through no other listener', async (t) => {
  const upstream = await startRecordingUpstream((_, response) => {
    response.writeHead(404).end('of the upstream');
  });
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}'}}`,
  });
  t.after(() => gateway.close());
  const { port, ca, managementPort } = gateway;
  const authorities = [
    `localhost:${port}`,
    `localhost:${managementPort}`,
    `127.0.0.1:${managementPort}`,
  ];
  const paths = ['/metrics', '/livez', '/readyz?verbose', '/status', '/status.json', '/explain'];
  for (const authority of authorities) {
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        const headers = [
          ['authorization', `Bearer ${MANAGEMENT_TOKEN}`],
          ['x-forwarded-for', '127.0.0.1'],
        ] as const;
        const answer = await httpsRequest({ port, ca, path, method, authority, headers });
        assert.deepEqual([answer.status, answer.text], [404, 'of the upstream'], path);
      }
    }
  }
});

test('T74: a request that is smuggled behind another one does not get there either', async (t) => {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}'}}`,
  });
  t.after(() => gateway.close());
  const { port, ca, managementPort } = gateway;
  const inner = `GET /status.json HTTP/1.1\r\nHost: 127.0.0.1:${managementPort}\r\n\r\n`;
  const outer = [
    `POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n`,
    `GET http://127.0.0.1:${managementPort}/status.json HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    `CONNECT 127.0.0.1:${managementPort} HTTP/1.1\r\nHost: 127.0.0.1:${managementPort}\r\n\r\n`,
    `GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
  ];
  for (const head of outer) {
    const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost' });
    socket.on('error', () => {});
    socket.end(head + inner);
    const said = await text(socket).catch(() => '');
    assert.doesNotMatch(said, /"tokenService"|"listeners"/, head);
  }
});

test('a management listener on every address shows clients nothing but metrics and probes', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED, managementHost: '0.0.0.0' });
  t.after(() => gateway.close());
  const { managementPort: port } = gateway;
  for (const path of ['/metrics', '/livez', '/healthz', '/readyz']) {
    assert.equal((await ask(port, path)).status, 200, path);
  }
  for (const path of ['/', '/status', '/status.json', '/explain', '/nothing']) {
    const { status, headers, body } = await ask(port, path);
    assert.equal(status, 401, path);
    assert.match(String(headers['www-authenticate']), /^Bearer /);
    assert.doesNotMatch(body, /localhost:9443/);
  }
  const headers = { authorization: `Bearer ${MANAGEMENT_TOKEN}` };
  assert.equal((await ask(port, '/status.json', { headers })).status, 200);
  assert.equal((await ask(port, '/nothing', { headers })).status, 404);
});

test('a page of another site that makes its name lead here reads nothing', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const headers = { host: `rebound.example:${gateway.managementPort}` };
  const { status, body } = await ask(gateway.managementPort, '/status.json', { headers });
  assert.deepEqual([status, body], [403, 'the Host field names another machine\n']);
});
