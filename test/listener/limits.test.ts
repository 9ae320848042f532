import assert from 'node:assert/strict';
import { test } from './both-ways.ts';
import {
  answerText,
  connect,
  connectPlain,
  exchangeBytes,
  parseAnswer,
} from './running-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** What comes at once has time to arrive, on a machine that has more to do than tests, too. */
const SHORT_LIMITS = { header_timeout: 1_000, request_timeout: 1_000, idle_timeout: 50 };

/** More than the system keeps of what nobody reads. */
const MAX_TAKEN = 32 * 1_024 * 1_024;

test('a client that has not sent a header block in time is answered 408 and closed', async ({
  t,
  startListener,
}) => {
  for (const sent of ['', 'GET / HTTP/1.1\r\nHost: a\r\n']) {
    const running = await startListener(t, { limits: { header_timeout: 100 } });
    const answer = parseAnswer(await exchangeBytes(t, running, sent));
    assert.equal(answer.status, 408);
    const event = await running.event('connection_refused');
    assert.equal(event.reason, 'request_timeout');
    assert.equal(event.status, 408);
  }
});

test('a header block that comes a byte at a time wins no time', async ({ t, startListener }) => {
  const running = await startListener(t, { limits: { header_timeout: 200 } });
  const client = await connect(t, running);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  const drip = setInterval(() => client.socket.write('x'), 10);
  t.after(() => clearInterval(drip));
  assert.equal(parseAnswer(await client.closed()).status, 408);
});

test('the header limit holds for each request of a connection', async ({ t, startListener }) => {
  const running = await startListener(t, {
    limits: { header_timeout: 1_000 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const client = await connect(t, running);
  client.socket.write(GET);
  await client.receive(/ok$/);
  client.socket.write('GET / HTTP/1.1\r\n');
  assert.match(await client.closed(), /ok[^]*HTTP\/1\.1 408 /);
});

test('a header limit longer than that of the request is no error', async ({ t, startListener }) => {
  const limits = { header_timeout: 60_000, request_timeout: 100 };
  const running = await startListener(t, { limits });
  assert.equal(parseAnswer(await exchangeBytes(t, running, 'GET')).status, 408);
});

test('a request whose body takes too long fails its reader, who can still answer', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, {
    limits: { request_timeout: 500 },
    handle: async (exchange) => {
      await assert.rejects(exchange.body.toArray(), { status: 408, reason: 'request_timeout' });
      await exchange.respond({ status: 408, headers: [], body: Buffer.from('late') });
    },
  });
  const client = await connect(t, running);
  client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  const drip = setInterval(() => client.socket.write('x'), 10);
  t.after(() => clearInterval(drip));
  const answer = parseAnswer(await client.closed());
  assert.equal(answer.status, 408);
  assert.match(answer.head, /^connection: close$/im);
  assert.equal(answer.body, 'late');
});

test('a slow handler is not hurried by limits that cut others', async ({ t, startListener }) => {
  const othersAreCut = Promise.withResolvers<void>();
  const running = await startListener(t, {
    limits: SHORT_LIMITS,
    handle: async (exchange) => {
      if (exchange.target.path === '/') await othersAreCut.promise;
      await answerText(exchange, 'done');
    },
  });
  const client = await connect(t, running);
  client.socket.write(GET);
  const silent = await connect(t, running);
  const idle = await connect(t, running);
  idle.socket.write('GET /idle HTTP/1.1\r\nHost: a\r\n\r\n');
  await Promise.all([silent.closed(), idle.closed()]);
  othersAreCut.resolve();
  await client.receive(/done$/);
});

test('a connection between two requests is closed after the idle time', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, {
    limits: { idle_timeout: 50 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const client = await connect(t, running);
  client.socket.write(GET);
  assert.match(await client.closed(), /ok$/);
  assert.deepEqual(running.events, []);
});

test('the header block may be as large as configured and no larger', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, {
    limits: { max_header_bytes: 65_536 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const request = (bytes: number): string =>
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: ${'b'.repeat(bytes)}\r\n\r\n`;
  assert.equal(parseAnswer(await exchangeBytes(t, running, request(60_000))).status, 200);
  assert.equal(parseAnswer(await exchangeBytes(t, running, request(66_000))).status, 431);
});

test('a connection above the limit is closed at accept and told, the others are served', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, {
    limits: { max_connections: 2 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const first = await connect(t, running);
  const second = await connect(t, running);
  const third = await connectPlain(t, running);
  assert.equal(await third.closed(), '');
  const event = await running.event('connection_refused');
  assert.equal(event.reason, 'overloaded');
  assert.equal(event.peerAddress, '127.0.0.1');
  assert.equal(event.status, undefined);
  assert.equal(running.listener.connections(), 2);
  second.socket.write(GET);
  await second.receive(/ok$/);
  first.socket.destroy();
  while (running.listener.connections() > 1) await new Promise(setImmediate);
  await connect(t, running);
});

test('T66: of a client that pipelines without end no more is taken than fits', async ({
  t,
  startListener,
}) => {
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
  const client = await connect(t, running);
  const block = Buffer.from(GET.repeat(4_096));
  let taken = 0;
  const pump = (): void => {
    client.socket.write(block, (error) => {
      if (error) return;
      taken += block.length;
      if (taken < MAX_TAKEN) pump();
    });
  };
  pump();
  // What the system's own buffers hold is beyond us.
  let before = -1;
  while (before !== taken || taken === 0) {
    before = taken;
    for (let turn = 0; turn < 1_000; turn += 1) await new Promise(setImmediate);
  }
  assert.ok(taken < MAX_TAKEN, `${taken} bytes were taken`);
  assert.equal(handled, 1);
  client.socket.destroy();
  assert.deepEqual(running.events, []);
});

test('hundreds of stalled clients are all cut while others are served (T62)', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, {
    limits: { handshake_timeout: 5_000, header_timeout: 5_000 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const stalled = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      if (index % 4 !== 0) return connectPlain(t, running);
      const client = await connect(t, running);
      client.socket.write('GET / HTTP/1.1\r\n');
      return client;
    }),
  );
  const good = await connect(t, running);
  good.socket.write(GET);
  await good.receive(/ok$/);
  await Promise.all(stalled.map((client) => client.closed()));
  while (running.listener.connections() > 1) await new Promise(setImmediate);
  assert.equal(running.events.filter(({ kind }) => kind === 'handshake_failed').length, 150);
  assert.equal(running.events.filter(({ kind }) => kind === 'connection_refused').length, 50);
});
