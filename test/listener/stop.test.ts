import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Delivery, Exchange } from '../../src/http/exchange.ts';
import { test } from './both-ways.ts';
import { answerText, connect, connectPlain } from './running-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a stopped listener accepts no more and has let go of its port', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t);
  await running.listener.stop(1_000);
  await assert.rejects(connectPlain(t, running), { code: 'ECONNREFUSED' });
  await startListener(t, { address: { host: '127.0.0.1', port: running.port } });
});

test('stopping waits for the exchange in flight, whose answer closes the connection', async ({
  t,
  startListener,
}) => {
  const arrived = Promise.withResolvers<Exchange>();
  const mayAnswer = Promise.withResolvers<void>();
  const delivered = Promise.withResolvers<Delivery>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      if (exchange.target.path === '/first') return answerText(exchange, 'first');
      arrived.resolve(exchange);
      await mayAnswer.promise;
      const body = Buffer.from('last');
      delivered.resolve(await exchange.respond({ status: 200, headers: [], body }));
    },
  });
  const idle = await connect(t, running);
  idle.socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
  await idle.receive(/first$/);
  const busy = await connect(t, running);
  busy.socket.write(GET);
  const exchange = await arrived.promise;

  const stopped = running.listener.stop(60_000);
  assert.doesNotMatch(await idle.closed(), /408/);
  while (running.listener.connections() > 1) await new Promise(setImmediate);
  assert.equal(exchange.signal.aborted, false);
  mayAnswer.resolve();
  assert.deepEqual(await delivered.promise, { outcome: 'sent', bytes: 4 });
  assert.match(await busy.closed(), /connection: close[^]*last$/i);
  await stopped;
  assert.equal(running.listener.connections(), 0);
  assert.deepEqual(running.events, []);
});

test('an answer that had begun before the stop is finished and its connection closed', async ({
  t,
  startListener,
}) => {
  const body = new Readable({ read() {} });
  const running = await startListener(t, {
    handle: async (exchange) => {
      await exchange.respond({ status: 200, headers: [], body });
    },
  });
  const client = await connect(t, running);
  client.socket.write(GET);
  await client.receive(/keep-alive/i);
  const stopped = running.listener.stop(60_000);
  body.push('rest');
  body.push(null);
  assert.match(await client.closed(), /rest\r\n0\r\n\r\n$/);
  await stopped;
});

test('a client that has just come is served while the listener stops', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
  const client = await connect(t, running);
  await running.handshakesEnded(1);
  const stopped = running.listener.stop(60_000);
  client.socket.write(GET);
  assert.match(await client.closed(), /connection: close[^]*ok$/i);
  await stopped;
});

test('clients that do nothing do not hold up the stop', async ({ t, startListener }) => {
  const running = await startListener(t);
  const plain = await connectPlain(t, running);
  const secure = await connect(t, running);
  await running.handshakesEnded(1);
  await running.listener.stop(60_000);
  await Promise.all([plain.closed(), secure.closed()]);
  const failed = await running.event('handshake_failed');
  assert.equal(failed.reason, 'shutting_down');
});

test('a connection whose next request is on its way is not idle', async ({ t, startListener }) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
  const client = await connect(t, running);
  client.socket.write(GET);
  await client.receive(/ok$/);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
  // By the time that another client has had its answer, those bytes have been read.
  const other = await connect(t, running);
  other.socket.write(GET);
  await other.receive(/ok$/);
  const stopped = running.listener.stop(60_000);
  await other.closed();
  client.socket.write('\r\n');
  assert.match(await client.closed(), /ok[^]*connection: close[^]*ok$/i);
  await stopped;
});

test('what is left after the shortest drain time is destroyed', async ({ t, startListener }) => {
  const arrived = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      exchange.signal.addEventListener('abort', () => aborted.resolve());
      arrived.resolve();
      await aborted.promise;
      await exchange.respond({ status: 200, headers: [] });
    },
  });
  const client = await connect(t, running);
  client.socket.write(GET);
  await arrived.promise;
  await Promise.all([running.listener.stop(60_000), running.listener.stop(50)]);
  await aborted.promise;
  assert.equal(await client.closed(), '');
  assert.equal(running.listener.connections(), 0);
});
