import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  CODE,
  FRAME,
  connectFrames,
  frame,
  headers,
  request,
  rstStream,
} from '../support/http2-frames.ts';
import { http2Exchange } from '../support/http2-client.ts';
import { frameClient, http2Client } from './http2-clients.ts';
import { answerText, connect, startListener } from './running-listener.ts';

/** What comes at once has time to arrive, on a machine that has more to do than tests, too. */
const SHORT_LIMITS = { header_timeout: 1_000, request_timeout: 1_000, idle_timeout: 50 };

test('a connection on which no request comes in time is ended and told', async (t) => {
  for (const sent of [[], [frame(FRAME.headers, 0, 1, Buffer.from([0x82]))]]) {
    const running = await startListener(t, { limits: { header_timeout: 100 } });
    const client = await frameClient(t, running);
    client.send(...sent);
    const goaway = await client.frame(({ type }) => type === FRAME.goaway);
    assert.equal(goaway.payload.readUInt32BE(4), CODE.noError);
    await client.closed();
    const event = await running.event('connection_refused');
    assert.equal(event.reason, 'request_timeout');
    assert.equal(event.status, undefined);
  }
});

test('a client that agreed on HTTP/2 and says nothing, or something else, is ended', async (t) => {
  for (const sent of ['', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n']) {
    const running = await startListener(t, { limits: { header_timeout: 1_000 } });
    const client = await connect(t, running, { ALPNProtocols: ['h2'] });
    client.socket.write(sent);
    await client.closed();
    const event = await running.event('connection_refused');
    assert.equal(event.reason, sent === '' ? 'request_timeout' : 'request_malformed');
    assert.equal(running.events.length, 1);
  }
});

test('a connection without a request is ended after the idle time, whatever else comes', async (t) => {
  const running = await startListener(t, {
    limits: { idle_timeout: 100 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const session = http2Client(t, running);
  assert.equal((await http2Exchange(session, { path: '/' })).text, 'ok');
  const pings = setInterval(() => session.closed || session.ping(() => {}), 10);
  t.after(() => clearInterval(pings));
  const [code] = (await once(session, 'goaway')) as [number];
  assert.equal(code, CODE.noError);
  await once(session, 'close');
  assert.deepEqual(running.events, []);
});

test('F19: a client that does not close an idle connection has it closed', async (t) => {
  const running = await startListener(t, {
    limits: { idle_timeout: 50 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const client = await connectFrames(running, { allowHalfOpen: true });
  t.after(() => client.socket.destroy());
  client.send(headers(1, request()));
  await client.frame(({ type }) => type === FRAME.goaway);
  while (running.listener.connections() > 0) await new Promise(setImmediate);
});

test('a body that takes too long fails its reader, who can still answer', async (t) => {
  const running = await startListener(t, {
    limits: { request_timeout: 500 },
    handle: async (exchange) => {
      await assert.rejects(exchange.body.toArray(), { status: 408, reason: 'request_timeout' });
      await exchange.respond({ status: 408, headers: [], body: Buffer.from('late') });
    },
  });
  const client = await frameClient(t, running);
  client.send(headers(1, request([], { method: 'POST' }), 0));
  const drip = setInterval(() => client.send(frame(FRAME.data, 0, 1, Buffer.from('x'))), 10);
  t.after(() => clearInterval(drip));
  const { payload } = await client.frame(({ type }) => type === FRAME.data);
  assert.equal(payload.toString(), 'late');
  await client.frame(({ type }) => type === FRAME.rstStream);
});

test('a slow handler is not hurried by limits that end other connections', async (t) => {
  const othersAreCut = Promise.withResolvers<void>();
  const running = await startListener(t, {
    limits: SHORT_LIMITS,
    handle: async (exchange) => {
      await othersAreCut.promise;
      await answerText(exchange, 'done');
    },
  });
  const session = http2Client(t, running);
  const answer = http2Exchange(session, { path: '/' });
  await (await frameClient(t, running)).closed();
  othersAreCut.resolve();
  assert.equal((await answer).text, 'done');
});

test('a hundred requests are served at once, more are refused unseen', async (t) => {
  const held = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  let handled = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      handled += 1;
      if (handled === 100) all.resolve();
      await held.promise;
      await answerText(exchange, 'ok');
    },
  });
  const client = await frameClient(t, running);
  const streams = Array.from({ length: 110 }, (_, index) => 2 * index + 1);
  client.send(...streams.map((streamId) => headers(streamId, request())));
  await all.promise;
  const refused = await client.frame(
    ({ type, streamId }) => type === FRAME.rstStream && streamId === 219,
  );
  assert.equal(refused.payload.readUInt32BE(0), CODE.refusedStream);
  held.resolve();
  await client.frame(({ type, streamId }) => type === FRAME.data && streamId === 199);
  assert.equal(handled, 100);
});

test('T59: a stream that is taken back makes no room before its handler is done', async (t) => {
  const held = Promise.withResolvers<void>();
  t.after(() => held.resolve());
  let handled = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      handled += 1;
      await held.promise;
      await answerText(exchange, 'ok');
    },
  });
  const client = await frameClient(t, running);
  // One by one, so that each is looked at before it is taken back.
  for (let index = 0; index < 120; index += 1) {
    client.send(headers(2 * index + 1, request()));
    client.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8, index)));
    await client.frame(({ type, payload }) => type === FRAME.ping && payload[0] === index);
    client.send(rstStream(2 * index + 1));
  }
  assert.equal(handled, 100);
});
