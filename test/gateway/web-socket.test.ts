import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';

import { parseAnswer } from '../listener/running-listener.ts';
import { httpsRequest } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { acceptance } from '../support/web-socket-upstream.ts';
import { handshake, start } from './web-socket-gateway.ts';

/** A way for Node's own WebSocket, which knows no client certificates, to the gateway. */
async function relay(t: TestContext, gateway: GatewayFixture, client: Issued): Promise<number> {
  const server = createServer((plain) => {
    const secure = connectTls({
      host: '127.0.0.1',
      port: gateway.port,
      servername: 'localhost',
      ca: gateway.ca,
      cert: client.certificatePem,
      key: client.privateKeyPem,
    });
    plain.on('error', () => secure.destroy());
    secure.on('error', () => plain.destroy());
    plain.pipe(secure).pipe(plain);
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

test('a WebSocket passes both ways until it is closed, told as one request', async (t) => {
  const { gateway, upstream, requested } = await start(t);
  const socket = new WebSocket(
    `ws://localhost:${await relay(t, gateway, gateway.pkiClient)}/ws/members/chat?room=1`,
  );
  await once(socket, 'open');
  for (const text of ['hello', 'x'.repeat(200_000)]) {
    socket.send(text);
    const [message] = (await once(socket, 'message')) as [MessageEvent];
    assert.equal(message.data, text);
  }
  socket.close();
  const [closed] = (await once(socket, 'close')) as [CloseEvent];
  assert.equal(closed.wasClean, true);
  const line = await requested();
  assert.deepEqual(
    [line['status'], line['route'], line['decision'], line['delivery'], line['certificate']],
    [101, 'forward', 'allowed', 'sent', 'trusted'],
  );
  assert.ok(Number(line['bytes']) > 200_000);
  assert.equal(upstream.requests[0]?.request.url, '/ws/members/chat?room=1');
});

test('a request for a WebSocket is stripped and identified as any other', async (t) => {
  const { gateway, upstream, open } = await start(t, {
    onUpgrade: (socket, request) =>
      socket.write(
        acceptance(request, 'Client-Cert: :AA==:\r\nX-Request-Id: theirs\r\nX-Ok: 1\r\n'),
      ),
  });
  const client = await open(gateway.pkiClient);
  const forged = [
    'Client-Cert: :AA==:',
    'client_cert: :AA==:',
    'X-Wso2-Mtls-Cert: forged',
    'Connection: Client-Cert, X-Forwarded-For',
    'X-Forwarded-For: 6.6.6.6',
    'Te: trailers',
    'X-Plain: kept',
    'Constructor: kept',
    'constructor: twice',
  ];
  client.socket.write(handshake('/ws/x', `${forged.join('\r\n')}\r\n`));
  const { head } = parseAnswer(await client.receive(/\r\n\r\n/));
  const [seen] = upstream.requests;
  const expected = `:${Buffer.from(gateway.pkiClient.certificate).toString('base64')}:`;
  assert.deepEqual(seen?.request.headersDistinct['client-cert'], [expected]);
  assert.deepEqual(seen.request.headersDistinct['x-forwarded-for'], ['127.0.0.1']);
  assert.deepEqual(seen.request.headersDistinct['connection'], ['Upgrade']);
  assert.deepEqual(seen.request.headersDistinct['x-plain'], ['kept']);
  const { rawHeaders } = seen.request;
  const ofConstructor = rawHeaders.filter((_, at) => rawHeaders[at - 1] === 'constructor');
  assert.deepEqual(ofConstructor, ['kept', 'twice']);
  assert.ok(!seen.request.rawHeaders.some((text) => /forged|client_cert|^te$/i.test(text)));
  assert.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(head, /^x-ok: 1$/im);
  assert.doesNotMatch(head, /client-cert|theirs/i);
  const requestId = /^x-request-id: (.+)$/im.exec(head)?.[1];
  assert.deepEqual(seen.request.headersDistinct['x-request-id'], [requestId]);
  assert.equal(head.match(/^upgrade:/gim)?.length, 1);
});

test('the policy of the route is applied before the upstream hears of a WebSocket', async (t) => {
  const { gateway, upstream, open, requested } = await start(t);
  for (const [certificate, status] of [
    [undefined, 400],
    [gateway.client, 403],
  ] as const) {
    const from = gateway.log().length;
    const client = await open(certificate);
    client.socket.write(handshake('/ws/members/x'));
    const answer = parseAnswer(await client.closed());
    assert.equal(answer.status, status);
    assert.match(answer.head, /^connection: close$/im);
    assert.equal((await requested(from))['status'], status);
  }
  assert.equal(upstream.requests.length, 0);
});

test('no protocol but WebSocket passes, and that only where a route says so (T55)', async (t) => {
  const { upstream, open } = await start(t);
  const allowed = handshake('/ws/x');
  const requests: readonly (readonly [string, number])[] = [
    [handshake('/other'), 400],
    [handshake('/oauth2/token'), 400],
    [handshake('/ws/../ws/x'), 400],
    [handshake('/other/%2e%2e/ws/x'), 400],
    [handshake('/WS/x'), 400],
    [allowed.replace('Upgrade: websocket', 'Upgrade: h2c'), 400],
    [
      allowed.replace(
        'Upgrade: websocket',
        'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
      ),
      400,
    ],
    [allowed.replace('Upgrade: websocket', 'Upgrade: websocket, h2c'), 400],
    [allowed.replace('Upgrade: websocket', 'Upgrade: websocket\r\nUpgrade: h2c'), 400],
    [allowed.replace('Upgrade: websocket', 'Upgrade: tls/1.0'), 400],
    [allowed.replace('GET', 'POST'), 400],
    [allowed.replace('Version: 13', 'Version: 12'), 400],
    [allowed.replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'), 400],
    [handshake('/ws/x', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'), 400],
    [handshake('/ws/x', 'Content-Length: 5\r\n'), 400],
    [handshake('/ws/x', 'Content-Length: 0\r\n'), 400],
    [handshake('/ws/x', 'Transfer-Encoding: chunked\r\n'), 400],
    [allowed.replace('Host: localhost', 'Host: a\r\nHost: b'), 400],
    ['CONNECT /ws/x HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
    ['CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n', 405],
  ];
  await Promise.all(
    requests.map(async ([request, status]) => {
      const client = await open();
      client.socket.write(`${request}GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const text = await client.closed();
      assert.equal(parseAnswer(text).status, status, request);
      assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1, request);
    }),
  );
  assert.equal(upstream.requests.length, 0);
});

test('what a client sends before it is answered reaches the upstream only after 101', async (t) => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let before = '';
  let after = '';
  const { open } = await start(t, {
    onUpgrade: (socket, request, early) => {
      before += early.toString();
      socket.on('data', (chunk: Buffer) => (after += chunk.toString()));
      asked.resolve();
      void answer.promise.then(() => {
        before += after;
        after = '';
        socket.write(acceptance(request));
        socket.on('data', () => after.length === 11 && socket.end(after));
      });
    },
  });
  const client = await open();
  client.socket.write(`${handshake('/ws/x')}first `);
  await asked.promise;
  client.socket.write('later');
  // By the time that another connection was made, what could have come has come.
  await open();
  answer.resolve();
  assert.match(await client.closed(), /\r\n\r\nfirst later$/);
  assert.equal(before, '');
});

test('an upstream that does not switch is answered as usual, and the connection ends', async (t) => {
  const { gateway, upstream, open, requested } = await start(t, {
    onUpgrade: (socket) =>
      void socket.end(
        'HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nno',
      ),
  });
  const client = await open();
  client.socket.write(`${handshake('/ws/x')}GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const answer = parseAnswer(await client.closed());
  assert.deepEqual([answer.status, answer.body], [403, 'no']);
  assert.match(answer.head, /x-a: 1\r\nx-a: 2\r\n/i);
  assert.match(answer.head, /^connection: close$/im);
  assert.match(answer.head, /^x-request-id: /im);
  assert.equal((await requested())['status'], 403);
  assert.equal(upstream.requests.length, 1);
  const { port, ca } = gateway;
  assert.equal((await httpsRequest({ port, ca, path: '/x' })).text, 'plain');
});

test('a 101 that does not accept this WebSocket is 502, and nothing behind it is passed', async (t) => {
  const heads: readonly ((request: IncomingMessage) => string)[] = [
    (request) => acceptance(request).replace(/Accept: ..../, 'Accept: AAAA'),
    (request) => acceptance(request).replace('Upgrade: websocket', 'Upgrade: h2c'),
    (request) => acceptance(request).replace(/Sec-WebSocket-Accept: .*\r\n/, ''),
  ];
  const closed: Promise<unknown>[] = [];
  let turn = 0;
  const { open } = await start(t, {
    onUpgrade: (socket, request) => {
      closed.push(once(socket, 'close'));
      socket.write(`${heads[turn]?.(request)}behind`);
    },
  });
  for (turn = 0; turn < heads.length; turn += 1) {
    const client = await open();
    client.socket.write(handshake('/ws/x'));
    const text = await client.closed();
    assert.equal(parseAnswer(text).status, 502, String(turn));
    assert.doesNotMatch(text, /behind/);
  }
  await Promise.all(closed);
});

test('the connection of a tunnel is never used for another request (T55)', async (t) => {
  const { gateway, upstream, open } = await start(t, { keys: 'max_connections: 1' });
  const { port, ca } = gateway;
  const plain = () => httpsRequest({ port, ca, path: '/x' });
  assert.equal((await plain()).text, 'plain');
  for (const end of ['end', 'destroy'] as const) {
    const client = await open();
    client.socket.write(handshake('/ws/x'));
    await client.receive(/101/);
    assert.equal((await plain()).text, 'plain');
    client.socket[end]();
    await client.closed();
    await gateway.logged(({ status }) => status === 101);
    assert.equal((await plain()).text, 'plain');
  }
  const ports = (isTunnel: boolean): Set<number> =>
    new Set(
      upstream.requests
        .filter(({ request }) => (request.headers.upgrade !== undefined) === isTunnel)
        .map((each) => each.port),
    );
  assert.equal(ports(true).size, 2);
  assert.deepEqual(ports(true).intersection(ports(false)), new Set());
});
