import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { createServer } from 'node:tls';

import { parseAnswer } from '../listener/running-listener.ts';
import type { Client } from '../listener/running-listener.ts';
import { createAuthority } from '../support/pki.ts';
import { acceptance } from '../support/web-socket-upstream.ts';
import type { OnUpgrade } from '../support/web-socket-upstream.ts';
import { handshake, start } from './web-socket-gateway.ts';
import type { Fixture } from './web-socket-gateway.ts';

/** Accepts and hands out the socket of each tunnel. */
function accepting(): { readonly onUpgrade: OnUpgrade; readonly next: () => Promise<Socket> } {
  let turn = Promise.withResolvers<Socket>();
  return {
    onUpgrade: (socket, request) => {
      socket.write(acceptance(request));
      turn.resolve(socket as Socket);
    },
    next: async () => {
      const socket = await turn.promise;
      turn = Promise.withResolvers();
      return socket;
    },
  };
}

async function openTunnel({ open }: Fixture): Promise<Client> {
  const client = await open();
  client.socket.write(handshake('/ws/x'));
  await client.receive(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
  return client;
}

test('a tunnel in which nothing passes is ended on both sides', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade, limits: 'tunnel_idle_timeout: 200ms' });
  const client = await openTunnel(fixture);
  const socket = await next();
  await Promise.all([client.closed(), once(socket, 'close')]);
  assert.deepEqual((await fixture.requested())['delivery'], 'sent');
});

test('what passes in one direction keeps a tunnel open', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade, limits: 'tunnel_idle_timeout: 2s' });
  const client = await openTunnel(fixture);
  const socket = await next();
  const timer = setInterval(() => socket.write('.'), 100);
  t.after(() => clearInterval(timer));
  await client.receive(/\.{25}/);
  assert.equal(client.socket.closed, false);
});

test('a client that leaves ends the connection to the upstream', async (t) => {
  for (const leave of ['end', 'destroy'] as const) {
    const { onUpgrade, next } = accepting();
    const fixture = await start(t, { onUpgrade });
    const client = await openTunnel(fixture);
    const socket = await next();
    client.socket.write('last words');
    const [words] = (await once(socket, 'data')) as [Buffer];
    assert.equal(words.toString(), 'last words');
    client.socket[leave]();
    await once(socket, 'close');
    const line = await fixture.requested();
    assert.deepEqual([line['status'], line['bytes']], [101, 0]);
  }
});

test('what a client says before it leaves still reaches a slow upstream', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade });
  const client = await openTunnel(fixture);
  const socket = await next();
  const size = 4 * 1_024 * 1_024;
  client.socket.end(Buffer.alloc(size, 'x'));
  await once(client.socket, 'finish');
  let taken = 0;
  for await (const chunk of socket) taken += (chunk as Buffer).length;
  assert.equal(taken, size);
});

test('an upstream that ends has its last words delivered', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade });
  const client = await openTunnel(fixture);
  const size = 4 * 1_024 * 1_024;
  (await next()).end(Buffer.alloc(size, 'x'));
  const text = await client.closed();
  assert.equal(text.length - text.indexOf('\r\n\r\n') - 4, size);
  const line = await fixture.requested();
  assert.deepEqual([line['delivery'], line['bytes']], ['sent', size]);
});

test('an upstream that breaks the connection ends the tunnel, and the log says so', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade });
  const client = await openTunnel(fixture);
  (await next()).resetAndDestroy();
  await client.closed();
  const line = await fixture.requested();
  assert.deepEqual([line['status'], line['delivery']], [101, 'broken']);
});

test('more tunnels than the upstream may have are refused, until one ends', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade, keys: 'max_connections: 1' });
  const first = await openTunnel(fixture);
  const socket = await next();
  const second = await fixture.open();
  second.socket.write(handshake('/ws/x'));
  const answer = parseAnswer(await second.closed());
  assert.equal(answer.status, 503);
  assert.match(answer.head, /^retry-after: 1$/im);
  await fixture.gateway.logged(({ reason }) => reason === 'overloaded');
  first.socket.end();
  await once(socket, 'close');
  await fixture.gateway.logged(({ status }) => status === 101);
  await openTunnel(fixture);
});

test('a tunnel is a connection of the listener', async (t) => {
  const { onUpgrade } = accepting();
  const fixture = await start(t, { onUpgrade, limits: 'max_connections: 1' });
  await openTunnel(fixture);
  assert.match(await fixture.gateway.metrics(), /certbound_connections\{listener="public"\} 1\n/);
  await assert.rejects(fixture.open());
});

test('a stopping gateway leaves tunnels the drain time, then ends both sides', async (t) => {
  const { onUpgrade, next } = accepting();
  const fixture = await start(t, { onUpgrade, drain: '300ms' });
  const client = await openTunnel(fixture);
  const socket = await next();
  const closed = fixture.gateway.close();
  socket.write('still here');
  await client.receive(/still here$/);
  await Promise.all([closed, client.closed(), once(socket, 'close')]);
  assert.equal((await fixture.requested())['status'], 101);
});

test('an upstream that does not answer in time is 504', async (t) => {
  const fixture = await start(t, {
    onUpgrade: () => undefined,
    keys: 'response_timeout: 1s',
  });
  const client = await fixture.open();
  client.socket.write(handshake('/ws/x'));
  assert.equal(parseAnswer(await client.closed()).status, 504);
  assert.equal((await fixture.requested())['reason'], 'upstream_timeout');
});

test('an upstream that is not there is 503, one that hangs up 502', async (t) => {
  const absent = await start(t, { url: 'http://127.0.0.1:1' });
  const hanging = await start(t, { onUpgrade: (socket) => socket.destroy() });
  for (const [fixture, status] of [
    [absent, 503],
    [hanging, 502],
  ] as const) {
    const client = await fixture.open();
    client.socket.write(handshake('/ws/x'));
    assert.equal(parseAnswer(await client.closed()).status, status);
  }
});

test('a client that leaves before it is answered has its request ended', async (t) => {
  const asked = Promise.withResolvers<Socket>();
  const fixture = await start(t, { onUpgrade: (socket) => asked.resolve(socket as Socket) });
  const client = await fixture.open();
  client.socket.write(handshake('/ws/x'));
  const socket = await asked.promise;
  client.socket.destroy();
  await once(socket, 'close');
  const line = await fixture.requested();
  assert.deepEqual([line['reason'], line['delivery']], ['client_gone', 'client_gone']);
});

test('the certificate of the upstream is verified for tunnels, too', async (t) => {
  const authority = await createAuthority({ name: 'Upstream CA' });
  const issued = await authority.issue({
    subject: 'CN=upstream',
    san: { ip: ['127.0.0.1'] },
    eku: ['serverAuth'],
  });
  let isAsked = false;
  const server = createServer(
    { cert: issued.certificatePem, key: issued.privateKeyPem },
    (socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        isAsked = true;
        socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      });
    },
  );
  t.after(() => server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (keys: string): Promise<number> => {
    const fixture = await start(t, { url, keys, files: { 'up.pem': authority.certificatePem } });
    const client = await fixture.open();
    client.socket.write(handshake('/ws/x'));
    return parseAnswer(await client.closed()).status;
  };
  assert.equal(await ask(''), 502);
  assert.equal(isAsked, false);
  assert.equal(await ask('ca: [up.pem]'), 404);
});
