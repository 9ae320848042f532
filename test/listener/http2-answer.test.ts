import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Answer, Delivery, Exchange } from '../../src/http/exchange.ts';
import {
  CODE,
  FRAME,
  frame,
  headers,
  request,
  rstStream,
  windowUpdate,
} from '../support/http2-frames.ts';
import { http2Exchange } from '../support/http2-client.ts';
import { frameClient, http2Client } from './http2-clients.ts';
import { answerText, startListener } from './running-listener.ts';
import type { RunningListener, StartOptions } from './running-listener.ts';

/** A listener that gives every request the same kind of answer, and what became of the first. */
async function answering(
  t: TestContext,
  answer: (exchange: Exchange) => Answer,
  options: StartOptions = {},
): Promise<RunningListener & { readonly delivery: Promise<Delivery> }> {
  const delivery = Promise.withResolvers<Delivery>();
  const running = await startListener(t, {
    ...options,
    handle: async (exchange) => delivery.resolve(await exchange.respond(answer(exchange))),
  });
  return { ...running, delivery: delivery.promise };
}

test('requests of one connection are answered side by side', async (t) => {
  const first = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      if (exchange.target.path === '/first') await first.promise;
      else first.resolve();
      await answerText(exchange, exchange.target.path);
    },
  });
  const opened = http2Client(t, running);
  const paths = ['/first', '/second'];
  const answers = await Promise.all(paths.map((path) => http2Exchange(opened, { path })));
  assert.deepEqual(
    answers.map(({ text }) => text),
    paths,
  );
  assert.equal(running.secured.length, 1);
});

test('an answer over HTTP/2 has its fields, its length and a date, and none of a connection', async (t) => {
  const running = await answering(t, () => ({
    status: 401,
    headers: [
      ['WWW-Authenticate', 'Bearer'],
      ['set-cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Content-Type', 'text/plain'],
      ['content-type', 'text/html'],
      ['Connection', 'upgrade, x'],
      ['Keep-Alive', 'timeout=1'],
      ['Transfer-Encoding', 'gzip, chunked'],
      ['Content-Length', '99'],
      ['TE', 'x'],
      ['Upgrade', 'h2c'],
    ],
    body: Buffer.from('no'),
  }));
  const answer = await http2Exchange(http2Client(t, running), { path: '/' });
  assert.equal(answer.status, 401);
  assert.equal(answer.text, 'no');
  const { date, ...fields } = answer.headers;
  assert.match(String(date), /GMT$/);
  assert.deepEqual(Object.fromEntries(Object.entries(fields)), {
    ':status': 401,
    'www-authenticate': 'Bearer',
    'set-cookie': ['a=1', 'b=2'],
    'content-type': 'text/plain',
    'content-length': '2',
  });
  assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: 2 });
  assert.deepEqual(running.events, []);
});

test('HEAD, 204, 205 and 304 are answered without a body', async (t) => {
  for (const [method, status] of [
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 205],
    ['GET', 304],
  ] as const) {
    const body = method === 'HEAD' ? Buffer.from('12345') : Readable.from(['x']);
    const running = await answering(t, () => ({ status, headers: [], body }));
    const answer = await http2Exchange(http2Client(t, running), { method, path: '/' });
    assert.equal(answer.status, status);
    assert.equal(answer.text, '');
    assert.equal(answer.headers['content-length'], method === 'HEAD' ? '5' : undefined);
    assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: 0 });
  }
});

test('a field that would be more than one is not sent: the stream is reset and it is told', async (t) => {
  for (const field of [
    ['x-a', 'b\r\nc: d'],
    ['x-a', 'b\u010ac: d'],
    ['x a', 'b'],
  ] as const) {
    const running = await answering(t, () => ({ status: 200, headers: [field] }));
    await assert.rejects(http2Exchange(http2Client(t, running), { path: '/' }));
    assert.equal((await running.delivery).outcome, 'broken');
    assert.equal((await running.event('notice')).text, 'an answer could not be written');
  }
});

test('a large body goes both ways whole and with back pressure', async (t) => {
  const size = 8 * 1_024 * 1_024;
  let most = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      let left = size;
      const body = new Readable({
        read() {
          const bytes = Math.min(left, 65_536);
          left -= bytes;
          this.push(bytes === 0 ? null : Buffer.alloc(bytes, 'a'));
        },
      });
      let bytes = 0;
      for await (const chunk of exchange.body) {
        bytes += (chunk as Buffer).length;
        most = Math.max(most, exchange.body.readableLength);
      }
      await exchange.respond({ status: 200, headers: [['x-bytes', `${bytes}`]], body });
    },
  });
  const answer = await http2Exchange(http2Client(t, running), {
    method: 'POST',
    path: '/',
    body: Buffer.alloc(size),
  });
  assert.equal(answer.headers['x-bytes'], `${size}`);
  assert.equal(answer.text.length, size);
  assert.ok(most <= 256 * 1_024, `${most} bytes were held`);
  assert.deepEqual(running.events, []);
});

test('nothing more of a body is taken than fits into the window while nobody reads it', async (t) => {
  const mayRead = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      await mayRead.promise;
      await answerText(exchange, `${(await exchange.body.toArray()).length > 0}`);
    },
  });
  const client = await frameClient(t, running);
  const pieces = Array.from({ length: 4 }, () => frame(FRAME.data, 0, 1, Buffer.alloc(16_384)));
  client.send(headers(1, request([], { method: 'POST' }), 0), ...pieces);
  // One octet more than the window.
  const goaway = await client.frame(
    ({ type }) => type === FRAME.goaway || type === FRAME.rstStream,
  );
  assert.equal(
    goaway.payload.readUInt32BE(goaway.type === FRAME.goaway ? 4 : 0),
    CODE.flowControlError,
  );
  mayRead.resolve();
});

test('a body shorter or longer than announced, or one that fails, resets the stream', async (t) => {
  const failing = new Readable({ read() {} });
  for (const [length, body] of [
    ['5', Readable.from([Buffer.from('abc')])],
    ['2', Readable.from([Buffer.from('abc')])],
    [undefined, failing],
  ] as const) {
    const running = await answering(t, () => ({
      status: 200,
      headers: length === undefined ? [] : [['content-length', length]],
      body,
    }));
    const stream = http2Client(t, running).request({ ':path': '/' });
    stream.resume();
    if (body === failing) {
      stream.once('response', () => failing.destroy(new Error('broken')));
    }
    const [error] = (await once(stream, 'error')) as [Error];
    assert.match(error.message, /INTERNAL_ERROR/);
    assert.equal((await running.delivery).outcome, 'broken');
  }
});

test('a client that takes nothing is given up after the time limit, others are not', async (t) => {
  const running = await answering(
    t,
    () => ({ status: 200, headers: [], body: Buffer.alloc(1_000_000) }),
    { limits: { request_timeout: 200 } },
  );
  const client = await frameClient(t, running);
  client.send(headers(1, request()));
  assert.equal((await running.delivery).outcome, 'client_gone');
  const reset = await client.frame(({ type }) => type === FRAME.rstStream);
  assert.equal(reset.payload.readUInt32BE(0), CODE.internalError);
});

test('a client that leaves in the middle of its answer aborts the exchange', async (t) => {
  const aborted = Promise.withResolvers<void>();
  const body = new Readable({ read() {} });
  body.push('begin');
  const running = await answering(t, (exchange) => {
    exchange.signal.addEventListener('abort', () => aborted.resolve());
    return { status: 200, headers: [], body };
  });
  const client = await frameClient(t, running);
  client.send(headers(1, request()));
  await client.frame(({ type }) => type === FRAME.data);
  client.send(rstStream(1));
  await aborted.promise;
  assert.equal((await running.delivery).outcome, 'client_gone');
  assert.ok(body.destroyed);
});

test('a request cut off by a reset is never taken for a whole one', async (t) => {
  for (const code of [CODE.noError, CODE.cancel]) {
    const arrived = Promise.withResolvers<void>();
    const read = Promise.withResolvers<unknown>();
    const running = await startListener(t, {
      handle: async (exchange) => {
        arrived.resolve();
        read.resolve(await exchange.body.toArray().catch((error: unknown) => error));
        await exchange.respond({ status: 200, headers: [] });
      },
    });
    const client = await frameClient(t, running);
    client.send(
      headers(1, request([], { method: 'POST' }), 0),
      frame(FRAME.data, 0, 1, Buffer.from('abc')),
    );
    await arrived.promise;
    client.send(rstStream(1, code));
    assert.ok((await read.promise) instanceof Error, `code ${code}`);
  }
});

test('an answer may come before the body, of which no more is taken', async (t) => {
  const text = 'x'.repeat(300_000);
  const running = await answering(t, () => ({ status: 401, headers: [], body: Buffer.from(text) }));
  const opened = http2Client(t, running);
  const stream = opened.request({ ':path': '/', ':method': 'POST' });
  stream.write(Buffer.alloc(10_000));
  let received = '';
  stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
  await once(stream, 'close');
  assert.equal(stream.rstCode, 0);
  assert.equal(received.length, text.length);
  assert.equal((await http2Exchange(opened, { path: '/' })).status, 401);
  assert.deepEqual(running.events, []);
});

test('100 Continue is sent when the handler first reads the body', async (t) => {
  const running = await startListener(t, {
    handle: async (exchange) => {
      const chunks = exchange.target.path === '/read' ? await exchange.body.toArray() : [];
      await answerText(exchange, Buffer.concat(chunks as Buffer[]).toString());
    },
  });
  const opened = http2Client(t, running);
  for (const [path, text] of [
    ['/read', 'hello'],
    ['/unread', ''],
  ] as const) {
    const stream = opened.request({ ':path': path, ':method': 'POST', expect: '100-continue' });
    let wasContinued = false;
    stream.on('continue', () => {
      wasContinued = true;
      stream.end('hello');
    });
    let received = '';
    stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await once(stream, 'close');
    assert.equal(wasContinued, path === '/read');
    assert.equal(received, text);
  }
});

test('an answer that asks for it ends the connection, and what is under way is finished', async (t) => {
  const held = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      const isHeld = exchange.target.path === '/held';
      if (isHeld) await held.promise;
      await exchange.respond({ status: 200, headers: [], body: Buffer.from('ok'), close: !isHeld });
    },
  });
  const opened = http2Client(t, running);
  const goaway = once(opened, 'goaway');
  const first = http2Exchange(opened, { path: '/held' });
  assert.equal((await http2Exchange(opened, { path: '/' })).text, 'ok');
  assert.equal((await goaway)[0], CODE.noError);
  held.resolve();
  assert.equal((await first).text, 'ok');
  await once(opened, 'close');
  while (running.listener.connections() > 0) await new Promise(setImmediate);
});

test('a handler that fails or gives no answer resets its own stream only', async (t) => {
  const running = await startListener(t, {
    handle: async (exchange) => {
      if (exchange.target.path === '/throws') throw new Error('bug');
      if (exchange.target.path === '/ok') await answerText(exchange, 'ok');
    },
  });
  const opened = http2Client(t, running);
  for (const path of ['/throws', '/silent']) {
    await assert.rejects(http2Exchange(opened, { path }), /INTERNAL_ERROR/);
    assert.equal((await running.event('notice')).level, 'error');
  }
  assert.equal((await http2Exchange(opened, { path: '/ok' })).text, 'ok');
});

test('small windows of a client slow an answer down and lose nothing of it', async (t) => {
  const text = 'x'.repeat(70_000);
  const running = await answering(t, () => ({
    status: 200,
    headers: [],
    body: Readable.from([text]),
  }));
  const client = await frameClient(t, running);
  client.send(headers(1, request()));
  const taken = (): number =>
    client.frames.reduce(
      (sum, { type, payload }) => sum + (type === FRAME.data ? payload.length : 0),
      0,
    );
  await client.frame(() => taken() === 65_535);
  client.send(windowUpdate(0, 10_000), windowUpdate(1, 10_000));
  await client.frame(() => taken() === text.length);
  assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: text.length });
});
