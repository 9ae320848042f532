import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Answer, Exchange } from '../../src/http/exchange.ts';
import { startMemoryEngine } from './memory-engine.ts';

const TWO =
  'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const OK: Answer = { status: 200, headers: [], body: Buffer.from('ok') };

test('the next request begins when all is done for the one before, not with its answer', async (t) => {
  const order: string[] = [];
  const engine = startMemoryEngine(t, async (exchange) => {
    const { path } = exchange.target;
    order.push(`begun ${path}`);
    await exchange.respond(OK);
    order.push(`delivered ${path}`);
    await new Promise(setImmediate);
    order.push(`done ${path}`);
  });
  await engine.send(TWO);
  const journey = (path: string): string[] => [
    `begun ${path}`,
    `delivered ${path}`,
    `done ${path}`,
  ];
  assert.deepEqual(order, [...journey('/1'), ...journey('/2')]);
});

test('the next request waits for an answer for which the handler does not wait', async (t) => {
  const order: string[] = [];
  const body = new Readable({ read() {} });
  const engine = startMemoryEngine(t, async (exchange) => {
    const { path } = exchange.target;
    order.push(`begun ${path}`);
    const delivery = exchange.respond(path === '/1' ? { ...OK, body } : OK);
    void Promise.resolve(delivery).then(() => order.push(`delivered ${path}`));
  });
  const received = engine.send(TWO);
  while (order.length === 0) await new Promise(setImmediate);
  assert.deepEqual(order, ['begun /1']);
  body.push('late');
  body.push(null);
  assert.match(await received, /late[^]*ok$/);
  assert.deepEqual(order, ['begun /1', 'delivered /1', 'begun /2', 'delivered /2']);
});

test('what is under way for a client that leaves is aborted, and nothing of it after the delivery', async (t) => {
  for (const isAnswered of [false, true]) {
    const begun = Promise.withResolvers<Exchange>();
    const done = Promise.withResolvers<void>();
    const engine = startMemoryEngine(t, async (exchange) => {
      const { signal } = exchange;
      assert.equal(signal.aborted, false);
      if (isAnswered) await exchange.respond(OK);
      begun.resolve(exchange);
      await done.promise;
      if (!isAnswered) await exchange.respond(OK);
    });
    const { client, server } = engine.connect();
    client.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const { signal } = await begun.promise;
    const closed = once(server, 'close');
    client.destroy();
    server.destroy();
    await closed;
    assert.equal(signal.aborted, !isAnswered);
    done.resolve();
  }
});

test('an answer whose stream fails while the body of its request still comes is cut off', async (t) => {
  const engine = startMemoryEngine(t, async (exchange) => {
    const body = new Readable({ read() {} });
    const delivery = exchange.respond({ ...OK, body });
    body.destroy(new Error('the upstream broke'));
    const { outcome } = await delivery;
    assert.equal(outcome, 'broken');
  });
  const received = await engine.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
  assert.doesNotMatch(received, /0\r\n\r\n$/);
});
