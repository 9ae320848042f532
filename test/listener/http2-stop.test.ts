import assert from 'node:assert/strict';
import { once } from 'node:events';
import { getActiveResourcesInfo } from 'node:process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { CODE, FRAME, headers, request } from '../support/http2-frames.ts';
import { http2Exchange } from '../support/http2-client.ts';
import { frameClient, http2Client } from './http2-clients.ts';
import { leaving } from './leaving.ts';
import { answerText, startListener } from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';

interface Held extends RunningListener {
  readonly arrived: Promise<Exchange>;
  /** Lets the exchange of `/held` be answered. */
  answer(): void;
}

async function holding(t: TestContext): Promise<Held> {
  const arrived = Promise.withResolvers<Exchange>();
  const held = Promise.withResolvers<void>();
  t.after(() => held.resolve());
  const running = await startListener(t, {
    handle: async (exchange) => {
      if (exchange.target.path === '/held') {
        arrived.resolve(exchange);
        await held.promise;
      }
      await answerText(exchange, 'ok');
    },
  });
  return { ...running, arrived: arrived.promise, answer: () => held.resolve() };
}

test('stopping sends GOAWAY, waits for streams in flight, and ends idle connections', async (t) => {
  const running = await holding(t);
  const idle = http2Client(t, running);
  await http2Exchange(idle, { path: '/' });
  const busy = http2Client(t, running);
  const last = http2Exchange(busy, { path: '/held' });
  const exchange = await running.arrived;

  const goaway = once(busy, 'goaway');
  const isIdleClosed = once(idle, 'close');
  const stopped = running.listener.stop(60_000);
  assert.equal((await goaway)[0], CODE.noError);
  await isIdleClosed;
  while (running.listener.connections() > 1) await new Promise(setImmediate);
  assert.equal(exchange.signal.aborted, false);
  running.answer();
  assert.equal((await last).text, 'ok');
  await stopped;
  assert.equal(running.listener.connections(), 0);
  assert.deepEqual(running.events, []);
});

test('a stream opened after GOAWAY is refused, so that it can be tried elsewhere', async (t) => {
  const running = await holding(t);
  const client = await frameClient(t, running);
  client.send(headers(1, request([], { path: '/held' })));
  await running.arrived;
  const stopped = running.listener.stop(60_000);
  const goaway = await client.frame(({ type }) => type === FRAME.goaway);
  assert.equal(goaway.payload.readUInt32BE(0), 1, 'the last stream that is answered');
  client.send(headers(3, request()));
  running.answer();
  await client.frame(({ type, streamId }) => type === FRAME.data && streamId === 1);
  await client.closed();
  await stopped;
  assert.ok(!client.frames.some(({ type, streamId }) => type === FRAME.headers && streamId === 3));
});

test('an HTTP/2 client that has just come is served while the listener stops', async (t) => {
  const running = await holding(t);
  const client = await frameClient(t, running);
  await running.handshakesEnded(1);
  const stopped = running.listener.stop(60_000);
  client.send(headers(1, request()));
  await client.frame(({ type }) => type === FRAME.data);
  await client.frame(({ type }) => type === FRAME.goaway);
  await client.closed();
  await stopped;
});

test('HTTP/2 clients that do nothing do not hold up the stop', async (t) => {
  const running = await holding(t);
  const client = await frameClient(t, running);
  await running.handshakesEnded(1);
  await running.listener.stop(60_000);
  await client.closed();
});

test('what is left of HTTP/2 after the shortest drain time is destroyed', async (t) => {
  const running = await holding(t);
  const client = await frameClient(t, running);
  client.send(headers(1, request([], { path: '/held' })));
  const exchange = await running.arrived;
  const aborted = leaving(exchange);
  await Promise.all([running.listener.stop(60_000), running.listener.stop(50)]);
  await aborted;
  await client.closed();
  assert.equal(running.listener.connections(), 0);
});

test('a handler that ends after its HTTP/2 connection leaves no timer behind', async (t) => {
  const running = await holding(t);
  const client = await frameClient(t, running);
  client.send(headers(1, request([], { path: '/held' })));
  await running.arrived;
  await running.listener.stop(0);
  await client.closed();
  const timers = (): number =>
    getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  running.answer();
  // The handler has heard of it, and all that follows.
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
});
