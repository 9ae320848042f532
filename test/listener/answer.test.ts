import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Answer, Delivery, Exchange } from '../../src/http/exchange.ts';
import { startMemoryEngine } from './memory-engine.ts';
import {
  answerText,
  connect,
  exchangeBytes,
  parseAnswer,
  startListener,
} from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST_GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** A listener that gives every request the same kind of answer, and what became of each. */
async function answering(
  t: TestContext,
  answer: (exchange: Exchange) => Answer,
): Promise<RunningListener & { readonly delivery: Promise<Delivery> }> {
  const delivery = Promise.withResolvers<Delivery>();
  const running = await startListener(t, {
    handle: async (exchange) => delivery.resolve(await exchange.respond(answer(exchange))),
  });
  return { ...running, delivery: delivery.promise };
}

test('a connection is kept for the next request', async (t) => {
  const running = await answering(t, () => ({ status: 200, headers: [], body: Buffer.from('ok') }));
  const client = await connect(t, running);
  for (const count of [1, 2, 3]) {
    client.socket.write(GET);
    await client.receive(new RegExp(`^(?:[^]*?\r\n\r\nok){${count}}$`));
  }
  assert.match(client.received(), /connection: keep-alive/i);
  assert.equal(running.secured.length, 1);
});

test('an answer carries its status, its fields as given, its length and a date', async (t) => {
  const running = await answering(t, () => ({
    status: 401,
    headers: [
      ['WWW-Authenticate', 'Bearer'],
      ['set-cookie', 'a=1'],
      ['Set-Cookie', 'b=\u00e9'],
      ['content-disposition', 'attachment; filename="\u00e9"'],
    ],
    body: Buffer.from('no'),
  }));
  const { head, body } = parseAnswer(await exchangeBytes(t, running, LAST_GET));
  assert.match(
    head,
    /^HTTP\/1\.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nset-cookie: a=1\r\nSet-Cookie: b=\u00e9\r\n/,
  );
  assert.match(head, /filename="\u00e9"/);
  assert.match(head, /content-length: 2\r\n/);
  assert.match(head, /date: \w{3}, /i);
  assert.equal(body, 'no');
  assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: 2 });
});

test('the framing of an answer is ours: what its maker says of the connection is dropped', async (t) => {
  const running = await answering(t, () => ({
    status: 200,
    headers: [
      ['Connection', 'upgrade, x'],
      ['Keep-Alive', 'timeout=1'],
      ['Transfer-Encoding', 'gzip, chunked'],
      ['Content-Length', '99'],
      ['Trailer', 'x'],
      ['Upgrade', 'h2c'],
    ],
    body: Buffer.from('ok'),
  }));
  const { head, body } = parseAnswer(await exchangeBytes(t, running, LAST_GET));
  assert.doesNotMatch(head, /upgrade|timeout=1|transfer-encoding|99|trailer/i);
  assert.match(head, /content-length: 2/);
  assert.equal(body, 'ok');
});

test('an answer that asks for it closes the connection, and nothing after it is handled', async (t) => {
  let handled = 0;
  const running = await answering(t, () => {
    handled += 1;
    return { status: 200, headers: [], body: Buffer.from('bye'), close: true };
  });
  const text = await exchangeBytes(t, running, GET + GET + GET);
  assert.match(text, /connection: close[^]*bye$/);
  assert.equal(text.match(/bye/g)?.length, 1);
  assert.equal(handled, 1);
});

test('HEAD, 204 and 304 have no body, and a 204 no length', async (t) => {
  const body = Buffer.from('hidden');
  const cases = [
    ['HEAD', { status: 200, headers: [], body }, /content-length: 6/],
    [
      'HEAD',
      { status: 200, headers: [['content-length', '99']], body: Readable.from([body]) },
      /content-length: 99/,
    ],
    ['HEAD', { status: 200, headers: [], body: Readable.from([body]) }, /200 OK/],
    ['GET', { status: 304, headers: [['etag', '"a"']], body }, /content-length: 6/],
    ['GET', { status: 204, headers: [['content-length', '6']], body }, /204 No Content/],
    ['GET', { status: 200, headers: [] }, /content-length: 0/],
  ] as const;
  for (const [method, answer, pattern] of cases) {
    const running = await answering(t, () => answer);
    const client = await connect(t, running);
    client.socket.write(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = await client.receive(/\r\n\r\n/);
    assert.match(text, pattern);
    assert.match(text, /\r\n\r\n$/);
    assert.doesNotMatch(text, answer.status === 204 ? /content-length|chunked/i : /chunked/i);
    // What follows is the next answer: no byte of a body stands between them.
    client.socket.write(LAST_GET);
    assert.doesNotMatch((await client.closed()).slice(0, text.length + 9), /hidden/);
    assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: 0 });
  }
});

test('a stream is sent in chunks, or under the length that was announced for it', async (t) => {
  const pieces = (): Readable => Readable.from([Buffer.from('one '), Buffer.from('two')]);
  const chunked = await answering(t, () => ({ status: 200, headers: [], body: pieces() }));
  assert.match(
    await exchangeBytes(t, chunked, LAST_GET),
    /chunked\r\n[^]*one [^]*two[^]*\r\n0\r\n\r\n$/i,
  );
  assert.deepEqual(await chunked.delivery, { outcome: 'sent', bytes: 7 });

  const headers = [['content-length', '7']] as const;
  const sized = await answering(t, () => ({ status: 200, headers, body: pieces() }));
  assert.match(
    await exchangeBytes(t, sized, LAST_GET),
    /content-length: 7\r\n[^]*\r\n\r\none two$/,
  );

  const old = await answering(t, () => ({ status: 200, headers: [], body: pieces() }));
  const text = await exchangeBytes(t, old, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  assert.match(text, /connection: close\r\n\r\none two$/i);
});

test('the head of a stream is sent before its first byte is there', async (t) => {
  const body = new Readable({ read() {} });
  const headers = [['x-a', '\u00e9']] as const;
  const running = await answering(t, () => ({ status: 200, headers, body }));
  const client = await connect(t, running);
  client.socket.write(GET);
  assert.match(await client.receive(/\r\n\r\n$/), /x-a: \u00e9\r\n/);
  body.push('late');
  body.push(null);
  await client.receive(/late\r\n0\r\n\r\n$/);
});

test('F23: a stream waits for a client that reads slowly', async (t) => {
  const block = Buffer.alloc(65_536);
  let produced = 0;
  const total = 64 * 1_024 * 1_024;
  const body = new Readable({
    read() {
      produced += block.length;
      this.push(produced > total ? null : block);
    },
  });
  const running = await answering(t, () => ({ status: 200, headers: [], body }));
  const client = await connect(t, running);
  client.socket.pause();
  client.socket.write(LAST_GET);
  let before = -1;
  while (before !== produced) {
    before = produced;
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  }
  assert.ok(produced < total, `${produced} bytes were produced for a client that reads nothing`);
  client.socket.resume();
  await client.closed();
  assert.equal((await running.delivery).bytes, total);
});

test('T66: a client that takes nothing of its answer is cut at the limit of a request', async (t) => {
  const delivery = Promise.withResolvers<Delivery>();
  const running = await startListener(t, {
    limits: { request_timeout: 200 },
    handle: async (exchange) => {
      const body = Buffer.alloc(64 * 1_024 * 1_024);
      delivery.resolve(await exchange.respond({ status: 200, headers: [], body }));
    },
  });
  const client = await connect(t, running);
  client.socket.pause();
  client.socket.write(GET);
  assert.equal((await delivery.promise).outcome, 'client_gone');
});

for (const [title, headers, fail] of [
  ['chunked', [], (body: Readable) => body.destroy(new Error('the upstream died'))],
  ['with a length', [['content-length', '9']], (body: Readable) => body.destroy(new Error('died'))],
  ['shorter than announced', [['content-length', '9']], (body: Readable) => body.push(null)],
  ['longer than announced', [['content-length', '5']], (body: Readable) => body.push('x')],
] as const) {
  test(`a stream that fails (${title}) cuts the connection, no whole body is seen (F01)`, async (t) => {
    const body = new Readable({ read() {} });
    const running = await answering(t, () => ({ status: 200, headers, body }));
    const client = await connect(t, running);
    body.push('short');
    client.socket.write(GET);
    const complete = title === 'longer than announced';
    await client.receive(/short/);
    fail(body);
    const text = await client.closed();
    assert.doesNotMatch(text, /\r\n0\r\n\r\n/);
    if (complete) assert.match(text, /short$/);
    assert.deepEqual(await running.delivery, { outcome: 'broken', bytes: 5 });
    assert.equal(body.destroyed, true);
  });
}

test('a client that leaves destroys the stream of its answer', async (t) => {
  const body = new Readable({ read() {} });
  const running = await answering(t, () => ({ status: 200, headers: [], body }));
  const client = await connect(t, running);
  body.push('first');
  client.socket.write(GET);
  await client.receive(/first/);
  const closed = once(body, 'close');
  client.socket.destroy();
  await closed;
  assert.deepEqual(await running.delivery, { outcome: 'client_gone', bytes: 5 });
});

test('a stream that answers while the request is still being sent can take its input from it', async (t) => {
  const running = await answering(t, (exchange) => ({
    status: 200,
    headers: [],
    body: exchange.body,
  }));
  const client = await connect(t, running);
  client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
  assert.match(await client.receive(/hello/), /connection: close/i);
  client.socket.write('world');
  assert.match(await client.closed(), /hello[^]*world[^]*\r\n0\r\n\r\n$/);
  assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: 10 });
});

test('an answer that cannot be written cuts the connection and is told', async (t) => {
  const broken: readonly Answer[] = [
    { status: 200, headers: [['x-a', 'line\r\nbreak']], body: Readable.from(['x']) },
    { status: 200, headers: [['bad name', 'x']] },
    { status: 100, headers: [] },
    { status: 999, headers: [] },
    {
      status: 200,
      headers: [
        ['content-length', '1'],
        ['content-length', '2'],
      ],
      body: Readable.from(['x']),
    },
  ];
  for (const answer of broken) {
    const running = await answering(t, () => answer);
    assert.equal(await exchangeBytes(t, running, GET), '');
    assert.deepEqual(await running.delivery, { outcome: 'broken', bytes: 0 });
    const notice = await running.event('notice');
    assert.equal(notice.text, 'an answer could not be written');
    assert.ok(!(answer.body instanceof Readable) || answer.body.destroyed);
  }
});

test('a handler that rejects or does not answer costs the connection and is told', async (t) => {
  for (const handle of [
    () => Promise.reject(new Error('a bug')),
    () => Promise.resolve(),
    () => {
      throw new Error('a bug');
    },
  ]) {
    const running = await startListener(t, { handle });
    assert.equal(await exchangeBytes(t, running, GET + GET), '');
    const notice = await running.event('notice');
    assert.equal(notice.level, 'error');
    assert.match(String(notice.fields?.['detail']), /a bug|no answer/);
    assert.equal(running.events.length, 1);
  }
});

test('a second answer is not sent and its stream is destroyed', async (t) => {
  const second = Readable.from(['second']);
  const outcome = Promise.withResolvers<Delivery>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      await answerText(exchange, 'first');
      outcome.resolve(await exchange.respond({ status: 200, headers: [], body: second }));
    },
  });
  const client = await connect(t, running);
  client.socket.write(GET);
  await client.receive(/first$/);
  assert.equal((await outcome.promise).outcome, 'broken');
  assert.equal(second.destroyed, true);
  assert.equal((await running.event('notice')).text, 'a request was answered twice');
});

test('pipelined requests are handled one after the other and answered in order', async (t) => {
  let atOnce = 0;
  let most = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      most = Math.max(most, (atOnce += 1));
      await new Promise(setImmediate);
      atOnce -= 1;
      await answerText(exchange, `<${exchange.target.path}>`);
    },
  });
  const paths = Array.from({ length: 1_000 }, (_, index) => `/${index}`);
  const requests = paths.map(
    (path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`,
  );
  const text = await exchangeBytes(t, running, requests.join('') + LAST_GET);
  assert.deepEqual(text.match(/(?<=<)\/\d*(?=>)/g), [...paths, '/']);
  assert.equal(most, 1);
});

test('an HTTP/1.0 client that ends its side never takes half of a stream for the whole', async (t) => {
  const body = new Readable({ read() {} });
  const engine = startMemoryEngine(t, async (exchange) => {
    await exchange.respond({ status: 200, headers: [], body });
  });
  const { client, server } = engine.connect();
  client.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  body.push('first half');
  await once(client, 'data');
  const closed = once(server, 'close');
  client.end();
  await closed;
  // An end in order would say that this is all.
  assert.equal(server.writableFinished, false);
  assert.equal(body.destroyed, true);
});

test('an answer to HEAD and a 304 that tell no length are given none', async (t) => {
  const engine = startMemoryEngine(t, async (exchange) => {
    const status = exchange.method === 'HEAD' ? 200 : 304;
    await exchange.respond({ status, headers: [], body: Buffer.alloc(0) });
  });
  for (const method of ['HEAD', 'GET']) {
    const text = await engine.send(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 (?:200|304) /);
    assert.doesNotMatch(text, /content-length/i);
  }
});

test('what a handler that rejects has begun learns that its client is gone', async (t) => {
  const begun = Promise.withResolvers<Exchange>();
  const engine = startMemoryEngine(t, async (exchange) => {
    assert.equal(exchange.signal.aborted, false);
    begun.resolve(exchange);
    throw new Error('a bug');
  });
  const { client, server } = engine.connect();
  const closed = once(server, 'close');
  client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbegun');
  const { signal, body } = await begun.promise;
  await closed;
  assert.equal(signal.aborted, true);
  await assert.rejects(body.toArray(), { message: /client left/ });
});
