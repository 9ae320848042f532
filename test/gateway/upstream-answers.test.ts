import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

type Answers = Readonly<
  Record<string, (response: ServerResponse, request: RecordedRequest) => void>
>;

function json(text: string, status = 200) {
  return (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(text);
  };
}

/** A gateway that binds, before a server that answers each path as the test says. */
async function start(t: TestContext, answers: Answers, keys = '') {
  const upstream = await startRecordingUpstream((request, response) => {
    const answer = answers[request.url] ?? json('{}');
    answer(response, request);
  });
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `
token_service: {upstream: {url: '${upstream.url}', ${keys}}}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: s}
`,
  });
  t.after(() => gateway.close());
  const { port, ca, client } = gateway;
  return {
    gateway,
    upstream,
    token: () => {
      const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
      return postForm({ port, ca, path: '/oauth2/token', form, ...client });
    },
    introspect: (token: string) => {
      const headers = [basic('rs', 'secret')];
      return postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
    },
    revoke: (token: string) => {
      const form = { token, client_id: 'self-signed' };
      return postForm({ port, ca, path: '/oauth2/revoke', form, ...client });
    },
    get: (path: string) => httpsRequest({ port, ca, path }),
  };
}

test('answers just over the limit are refused and cost nothing else', async (t) => {
  let size = 0;
  const { token, introspect, get } = await start(t, {
    '/oauth2/token': json('{"access_token":"tok"}'),
    '/oauth2/introspect': (response) => json(`{"active":true,"p":"${'x'.repeat(size)}"}`)(response),
  });
  await token();
  for (const over of [1, 200, 900, 20_000]) {
    size = 1_048_576 - 21 + over;
    assert.equal((await introspect('tok')).status, 502, String(over));
  }
  assert.equal((await get('/')).status, 200);
});

test('a success with another status than 200 is not passed on', async (t) => {
  let status = 201;
  const { token, introspect } = await start(t, {
    '/oauth2/token': (response) => json('{"access_token":"tok"}', status)(response),
    '/oauth2/introspect': (response) => json('{"active":true}', status)(response),
  });
  for (status of [201, 203, 206]) {
    assert.equal((await token()).status, 502);
    assert.equal((await introspect('tok')).status, 502);
  }
});

test('a token answer that can not be understood is not passed on', async (t) => {
  let text = '';
  const { token } = await start(t, { '/oauth2/token': (response) => json(text)(response) });
  for (text of [
    '{"access_token":"a","refresh_token":123}',
    '{"access_token":"a","expires_in":"soon"}',
    '{"access_token":"a","expires_in":-1}',
    '{"access_token":1}',
  ]) {
    assert.equal((await token()).status, 502, text);
  }
  text = '{"access_token":"a","expires_in":"86400"}';
  assert.equal((await token()).status, 200);
});

test('a token that the server hands out again keeps its certificate', async (t) => {
  const { gateway, token, introspect } = await start(t, {
    '/oauth2/token': json('{"access_token":"same"}'),
    '/oauth2/introspect': json('{"active":true}'),
  });
  assert.equal((await token()).status, 200);
  assert.equal((await token()).status, 200);
  assert.deepEqual((await introspect('same')).json()['cnf'], {
    'x5t#S256': gateway.client.thumbprint,
  });
});

test('a confirmation with a member twice is not believed (T35)', async (t) => {
  let cnf = '';
  const { gateway, token, introspect } = await start(t, {
    '/oauth2/token': json('{"access_token":"tok"}'),
    '/oauth2/introspect': (response) => json(`{"active":true,"cnf":${cnf}}`)(response),
  });
  await token();
  const { thumbprint } = gateway.client;
  cnf = `{"x5t#S256":"another","x5t#S256":"${thumbprint}"}`;
  assert.equal((await introspect('tok')).status, 502);
  cnf = `{"x5t#S256":"${thumbprint}"}`;
  assert.equal((await introspect('tok')).status, 200);
});

test('long answers to revocations leave no connection behind', async (t) => {
  const { revoke, get } = await start(
    t,
    { '/oauth2/revoke': (response) => response.end('x'.repeat(300_000)) },
    'max_connections: 1',
  );
  for (let round = 0; round < 3; round += 1) {
    const answer = await revoke('tok');
    assert.deepEqual([answer.status, answer.text.length], [200, 300_000]);
  }
  assert.equal((await get('/')).status, 200);
});

test('an answer that trickles in is cut at the time limit', async (t) => {
  const { token } = await start(
    t,
    {
      '/oauth2/token': (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 50);
        response.once('close', () => clearInterval(timer));
      },
    },
    'response_timeout: 1s',
  );
  const answer = await token();
  assert.deepEqual([answer.status, answer.json()['error']], [504, 'temporarily_unavailable']);
});

test('clients that send their bodies slowly do not hold up the endpoints', async (t) => {
  const { gateway, token } = await start(
    t,
    { '/oauth2/token': json('{"access_token":"tok"}') },
    'max_connections: 2',
  );
  for (let index = 0; index < 4; index += 1) {
    const socket = connect({ port: gateway.port, servername: 'localhost', ca: gateway.ca });
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write('POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx');
  }
  assert.equal((await token()).status, 200);
});

test('a status that HTTP does not know is 502', async (t) => {
  const { get } = await start(t, { '/odd': json('{}', 799) });
  assert.equal((await get('/odd')).status, 502);
});

test('TRACE, whose answer would show the fields that we add, is not passed on', async (t) => {
  const { gateway, upstream } = await start(t, {});
  const { port, ca } = gateway;
  const answer = await httpsRequest({ port, ca, path: '/', method: 'TRACE' });
  assert.equal(answer.status, 405);
  assert.equal(upstream.requests.length, 0);
});

test('no spelling of an endpoint leads past it to the server (T57)', async (t) => {
  const { gateway, upstream } = await start(t, {});
  const { port, ca } = gateway;
  for (const path of [
    '/oauth2/token;%0ax',
    '/oauth2/token;a%0ab',
    '/oauth2;%0a/token',
    '/oauth2/token%3fx',
    '/oauth2/token%23x',
    '/oauth2/token%20',
    '/oauth2/token.',
    '/oauth2/token%0d',
    '/oauth2%c0%aftoken',
    '/oauth2/%252574oken',
    '/x/..;/oauth2/token',
  ]) {
    const answer = await postForm({ port, ca, path, form: { grant_type: 'x' } });
    assert.equal(answer.status, 400, path);
  }
  assert.equal(upstream.requests.length, 0);
  for (const path of ['/api/%20ok', '/api/%C3%BC', '/oauth2/tokens', '/token']) {
    assert.equal((await httpsRequest({ port, ca, path })).status, 200, path);
  }
});
