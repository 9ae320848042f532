import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Stream } from 'node:http2';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { httpsRequest } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

/** Connections to the upstream, and requests that may wait for one. */
const CONNECTIONS = 4;
const QUEUE = 64;

/** More than all buffers on the way hold. */
const LARGE = Buffer.alloc(16_000_000);

/** Of two networks. */
const ATTACKER = '127.0.0.1';
const HONEST = '127.0.0.2';

interface Attacked extends Disposable {
  readonly gateway: GatewayFixture;
  /** Ended with the test, before the gateway waits for them. */
  readonly clients: { destroy(): void }[];
}

async function start(t: TestContext): Promise<Attacked> {
  const upstream = await startRecordingUpstream(({ url }, response) => {
    response.on('error', () => {});
    response.end(url === '/large' ? LARGE : 'fine');
  });
  const gateway = await startGateway({
    yaml: `
token_service:
  upstream: {kind: native, url: '${upstream.url}', max_connections: ${CONNECTIONS}, max_queue: ${QUEUE}}
clients: []
`,
  });
  t.after(async () => {
    await gateway.close();
    await upstream.close();
  });
  const clients: { destroy(): void }[] = [];
  return {
    gateway,
    clients,
    [Symbol.dispose]: () => {
      for (const client of clients) client.destroy();
    },
  };
}

/** Streams of HTTP/2 that ask for a large answer, and leave it no window. */
function openStreams(
  { gateway: { port, ca }, clients }: Attacked,
  { connections, streams }: { readonly connections: number; readonly streams: number },
): readonly ClientHttp2Stream[] {
  return Array.from({ length: connections }, () => {
    const session = connectHttp2(`https://localhost:${port}`, {
      host: ATTACKER,
      servername: 'localhost',
      ca,
      settings: { initialWindowSize: 0 },
    });
    session.on('error', () => {});
    clients.push(session);
    return Array.from({ length: streams }, () => {
      const stream = session.request({ ':path': '/large' });
      stream.on('error', () => {});
      return stream;
    });
  }).flat();
}

/** A connection of HTTP/1.1 that asks for a large answer and reads nothing of it by itself. */
function askAndStop({ gateway: { port, ca }, clients }: Attacked): TLSSocket {
  const socket = connect({ port, host: ATTACKER, servername: 'localhost', ca });
  clients.push(socket);
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

/** Asks again and again, one after the other and several at once, and expects an answer each time. */
async function assertServed({ gateway: { port, ca } }: Attacked): Promise<void> {
  const ask = (): ReturnType<typeof httpsRequest> =>
    httpsRequest({ port, ca, path: '/page', localAddress: HONEST });
  for (let round = 0; round < 3; round += 1) {
    for (const { status, text } of await Promise.all([ask(), ask(), ask()])) {
      assert.deepEqual([status, text], [200, 'fine']);
    }
  }
}

test('T66: 2,000 streams that take nothing of their answers hold up nobody else', async (t) => {
  using attacked = await start(t);
  const { gateway } = attacked;
  const streams = openStreams(attacked, { connections: 20, streams: 100 });
  // The others wait for a connection, or are refused.
  await Promise.any(streams.map((stream) => once(stream, 'response')));
  const began = performance.now();
  await assertServed(attacked);
  t.diagnostic(`3 rounds in ${Math.round(performance.now() - began)} ms`);
  const line = await gateway.logged(({ reason }) => reason === 'answer_displaced');
  assert.deepEqual(
    [line['status'], line['delivery'], line['peer'], line['decision']],
    [200, 'broken', ATTACKER, 'refused'],
  );
  const name = 'certbound_refusals_total\\{reason="answer_displaced"\\}';
  assert.match(await gateway.metrics(), new RegExp(`^${name} [1-9]`, 'm'));
});

test('T66: connections that read nothing of their answers hold up nobody else', async (t) => {
  using attacked = await start(t);
  for (let count = 0; count < 50; count += 1) askAndStop(attacked);
  // One had to go, so there is none left.
  await attacked.gateway.logged(({ reason }) => reason === 'answer_displaced');
  await assertServed(attacked);
});

test('T66: clients that go on reading, and never are done, leave others their share', async (t) => {
  using attacked = await start(t);
  const sockets = Array.from({ length: 20 }, () => askAndStop(attacked));
  const timer = setInterval(() => sockets.forEach((socket) => void socket.read()), 20);
  t.after(() => clearInterval(timer));
  await Promise.any(sockets.map((socket) => once(socket, 'readable')));
  await assertServed(attacked);
});

test('who reads slowly is not cut while there are connections for everybody', async (t) => {
  using attacked = await start(t);
  const { gateway } = attacked;
  const [stream] = openStreams(attacked, { connections: 1, streams: 1 });
  assert.ok(stream !== undefined);
  await once(stream, 'response');
  await assertServed(attacked);
  assert.equal(stream.closed, false);
  assert.ok(!gateway.logText().includes('answer_displaced'));
});
