import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { httpsRequest, postForm } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const CLIENT = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: s}
`;

async function startBefore(t: TestContext, url: string, keys = ''): Promise<GatewayFixture> {
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${url}', ${keys}}}\n${CLIENT}`,
  });
  t.after(() => gateway.close());
  return gateway;
}

/** A TCP server that does with each connection as the test says. */
async function startTcp(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A peer that goes away is what these tests are about.
    socket.on('error', () => undefined);
    serve(socket);
  });
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function outcomes(gateway: GatewayFixture) {
  const { port, ca, client } = gateway;
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const token = await postForm({ port, ca, path: '/oauth2/token', form, ...client });
  const plain = await httpsRequest({ port, ca, path: '/anything' });
  return [token, plain].map((answer) => ({
    status: answer.status,
    error: answer.json()['error'],
    retry: answer.headers['retry-after'],
  }));
}

test('an upstream that is not there is answered 503 as JSON', async (t) => {
  const url = await startTcp(t, (socket) => socket.destroy());
  const closed = url.replace(/:\d+$/, ':1');
  const gateway = await startBefore(t, closed);
  const expected = { status: 503, error: 'temporarily_unavailable', retry: '1' };
  assert.deepEqual(await outcomes(gateway), [expected, expected]);
  await gateway.logged((line) => line['reason'] === 'upstream_unreachable');
});

test('an upstream that hangs up or talks nonsense is answered 502 as JSON', async (t) => {
  const expected = { status: 502, error: 'server_error', retry: undefined };
  const hangsUp = await startTcp(t, (socket) => socket.once('data', () => socket.destroy()));
  assert.deepEqual(await outcomes(await startBefore(t, hangsUp)), [expected, expected]);
  const nonsense = await startTcp(t, (socket) =>
    socket.once('data', () => socket.end('nonsense\r\n\r\n')),
  );
  assert.deepEqual(await outcomes(await startBefore(t, nonsense)), [expected, expected]);
});

test('F02: an upstream that never answers is answered 504 at the time limit', async (t) => {
  const silent = await startTcp(t, () => undefined);
  const gateway = await startBefore(t, silent, 'response_timeout: 1s');
  const expected = { status: 504, error: 'temporarily_unavailable', retry: undefined };
  assert.deepEqual(await outcomes(gateway), [expected, expected]);
});

test('F01: an upstream that dies within a body never makes a complete answer', async (t) => {
  const url = await startTcp(t, (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', () =>
        socket.destroy(),
      );
    }),
  );
  const { port, ca } = await startBefore(t, url);
  await assert.rejects(httpsRequest({ port, ca, path: '/' }));
});

test('F03: a connection that the upstream resets when it is used again costs no repeatable request', async (t) => {
  let resets = 0;
  const url = await startTcp(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      socket.once('data', () => {
        resets += 1;
        socket.resetAndDestroy();
      });
    });
  });
  const { port, ca } = await startBefore(t, url);
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await httpsRequest({ port, ca, path: '/' })).status, 200);
  }
  assert.ok(resets > 0);
  const posted = await httpsRequest({ port, ca, path: '/', method: 'POST', body: 'x' });
  assert.equal(posted.status, 502, 'it may have been processed');
});

test('F26: an upstream whose name can not be resolved is answered 503', async (t) => {
  const gateway = await startBefore(t, 'http://nothing.invalid:1');
  const expected = { status: 503, error: 'temporarily_unavailable', retry: '1' };
  assert.deepEqual(await outcomes(gateway), [expected, expected]);
});

test('requests beyond the queue are answered 503 and not kept waiting', async (t) => {
  const silent = await startTcp(t, () => undefined);
  const gateway = await startBefore(
    t,
    silent,
    'max_connections: 1, max_queue: 1, response_timeout: 3s',
  );
  const { port, ca } = gateway;
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => httpsRequest({ port, ca, path: '/' })),
  );
  const statuses = answers.map(({ status }) => status);
  assert.ok(statuses.includes(503), statuses.join());
  await gateway.logged((line) => line['reason'] === 'overloaded');
});

test('a large body streams through in both directions unchanged', async (t) => {
  const body = Buffer.alloc(3_000_000, 'certbound ');
  const upstream = await startRecordingUpstream((request, response) => {
    response.writeHead(201, { 'x-echo': 'yes', connection: 'x-hidden', 'x-hidden': '1' });
    response.end(request.body);
  });
  t.after(() => upstream.close());
  const { port, ca } = await startBefore(t, upstream.url);
  const answer = await httpsRequest({ port, ca, path: '/upload', method: 'PUT', body });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['x-echo'], 'yes');
  assert.equal(answer.headers['x-hidden'], undefined);
  assert.equal(answer.text, body.toString());
});
