import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { leaving } from './leaving.ts';
import {
  answerText,
  connect,
  echo,
  exchangeBytes,
  parseAnswer,
  startListener,
} from './running-listener.ts';

const POST = 'POST /upload HTTP/1.1\r\nHost: a\r\n';

async function readAll(exchange: Exchange): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of exchange.body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test('a body with a length and a chunked body arrive whole, late trailers are dropped', async (t) => {
  const running = await startListener(t);
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 5\r\n\r\nhello`);
  const first = parseAnswer(await client.receive(/"body":"hello"}/));
  assert.equal(first.status, 200);
  const trailers = 'Client-Cert: forged\r\nX-Wso2-Mtls-Cert: forged\r\n';
  const chunked = '5\r\nworld\r\n0\r\n';
  client.socket.write(
    `${POST}Transfer-Encoding: chunked\r\nTrailer: Client-Cert\r\nConnection: close\r\n\r\n${chunked}${trailers}\r\n`,
  );
  const second = parseAnswer((await client.closed()).split('"body":"hello"}')[1] ?? '');
  assert.match(second.body, /"body":"world"/);
  assert.doesNotMatch(second.body, /forged/);
});

test('a request says whether it has a body', async (t) => {
  const running = await startListener(t);
  for (const [fields, hasBody] of [
    ['', false],
    ['Content-Length: 0\r\n', false],
    ['Content-Length: 1\r\n', true],
    ['Transfer-Encoding: chunked\r\n', true],
  ] as const) {
    const body = fields.includes('chunked') ? '0\r\n\r\n' : hasBody ? 'x' : '';
    const request = `${POST}${fields}Connection: close\r\n\r\n${body}`;
    const answer = parseAnswer(await exchangeBytes(t, running, request));
    assert.match(answer.body, new RegExp(`"hasBody":${hasBody}`));
  }
});

test('a body that came with its head is there at once, and can still be read', async (t) => {
  const running = await startListener(t, {
    handle: async (exchange) => {
      const arrived = Buffer.from(exchange.arrivedBody ?? []).toString();
      await answerText(exchange, `${arrived},${await readAll(exchange)}`);
    },
  });
  for (const [framing, expected] of [
    ['Content-Length: 5\r\n\r\nhello', 'hello,hello'],
    ['Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n', 'hello,hello'],
    ['\r\n', ','],
  ]) {
    const request = `${POST}Connection: close\r\n${framing}`;
    assert.equal(parseAnswer(await exchangeBytes(t, running, request)).body, expected);
  }
});

test('a body that is larger than it may be is not had at once either', async (t) => {
  const running = await startListener(t, {
    handle: async (exchange) => {
      exchange.limitBody(4);
      assert.equal(exchange.arrivedBody, undefined);
      await assert.rejects(readAll(exchange), { status: 413 });
      await exchange.respond({ status: 413, headers: [] });
    },
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 5\r\n\r\nhello`);
  assert.match(await client.receive(/\r\n\r\n/), /^HTTP\/1\.1 413 /);
});

test('a large body is taken with back pressure', async (t) => {
  const size = 8 * 1_024 * 1_024;
  let most = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      let bytes = 0;
      for await (const chunk of exchange.body) {
        bytes += (chunk as Buffer).length;
        most = Math.max(most, exchange.body.readableLength);
      }
      await answerText(exchange, `${bytes}`);
    },
  });
  const head = `${POST}Content-Length: ${size}\r\nConnection: close\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(size)]);
  assert.equal(parseAnswer(await exchangeBytes(t, running, bytes)).body, `${size}`);
  assert.ok(most <= 256 * 1_024, `${most} bytes were held`);
});

test('100 Continue is sent when the handler first reads the body', async (t) => {
  const mayRead = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      arrived.resolve();
      await mayRead.promise;
      await answerText(exchange, await readAll(exchange));
    },
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n`);
  await arrived.promise;
  assert.equal(client.received(), '');
  mayRead.resolve();
  await client.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  client.socket.write('hello');
  const text = await client.receive(/hello$/);
  assert.match(text, /\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /connection: keep-alive/i);
});

test('a client that waits for 100 Continue gets the answer alone when the body is not read', async (t) => {
  const running = await startListener(t, {
    handle: (exchange) => answerText(exchange, 'no'),
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
  const text = await client.receive(/no$/);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /connection: close/i);
});

test('an HTTP/1.0 client sends no expectation that is listened to', async (t) => {
  const running = await startListener(t);
  const request = 'POST / HTTP/1.0\r\nHost: a\r\nExpect: x\r\nContent-Length: 2\r\n\r\nhi';
  const text = await exchangeBytes(t, running, request);
  assert.match(text, /^HTTP\/1\.1 200 OK/);
  assert.match(text, /"body":"hi"/);
});

test('an answer before the body was sent arrives, and little more of the body is taken', async (t) => {
  const running = await startListener(t, {
    handle: (exchange) => answerText(exchange, 'early'),
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 1000000000\r\n\r\n`);
  // The client sends on for as long as it is let, as one does that reads late.
  const block = Buffer.alloc(65_536);
  let taken = 0;
  const pump = (): void => {
    client.socket.write(block, (error) => {
      if (error) return;
      taken += block.length;
      pump();
    });
  };
  pump();
  const answer = parseAnswer(await client.closed());
  assert.equal(answer.status, 200);
  assert.match(answer.head, /^connection: close$/im);
  assert.equal(answer.body, 'early');
  // What the system's own buffers hold is beyond us.
  assert.ok(taken < 32 * 1_024 * 1_024, `${taken} bytes were taken`);
});

test('a small body that nobody reads costs no connection', async (t) => {
  const running = await startListener(t, {
    handle: (exchange) => answerText(exchange, exchange.target.path),
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 5\r\n\r\nhello`);
  assert.match(await client.receive(/\/upload$/), /connection: keep-alive/i);
  client.socket.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.receive(/\/second$/);
});

test('a body that its reader destroys still lets the request be answered', async (t) => {
  const running = await startListener(t, {
    handle: async (exchange) => {
      await once(exchange.body, 'readable');
      exchange.body.destroy(new Error('the upstream is gone'));
      await exchange.respond({ status: 502, headers: [], body: Buffer.from('bad') });
    },
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 10\r\n\r\nhello`);
  const text = await client.receive(/bad$/);
  assert.match(text, /^HTTP\/1\.1 502 /);
  assert.match(text, /connection: close/i);
});

test('a broken chunked body is told to its reader, whose answer ends the connection', async (t) => {
  const bodies = [
    'zz\r\n',
    '-1\r\n',
    '2\r\nabc\r\n0\r\n\r\n',
    '1\na\r\n0\r\n\r\n',
    '0\r\nx y: z\r\n\r\n',
  ];
  const running = await startListener(t, {
    handle: async (exchange) => {
      await assert.rejects(readAll(exchange), { status: 400, reason: 'request_malformed' });
      await exchange.respond({ status: 400, headers: [], body: Buffer.from('bad') });
    },
  });
  const send = async (body: string): Promise<void> => {
    const client = await connect(t, running);
    client.socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    client.socket.write(`${body}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
    const answer = parseAnswer(await client.closed());
    assert.equal(answer.status, 400);
    assert.match(answer.head, /^connection: close$/im);
    assert.equal(answer.body, 'bad', body);
  };
  await Promise.all(bodies.map(send));
  assert.deepEqual(running.events, []);
});

test('chunk extensions of 20 kB are refused', async (t) => {
  const running = await startListener(t, {
    handle: async (exchange) => {
      await assert.rejects(readAll(exchange), { status: 413, reason: 'request_too_large' });
      await exchange.respond({ status: 413, headers: [] });
    },
  });
  const bytes = `${POST}Transfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`;
  assert.equal(parseAnswer(await exchangeBytes(t, running, bytes)).status, 413);
});

test('garbage behind a request lets its answer through, is refused and ends the connection', async (t) => {
  const running = await startListener(t);
  const text = await exchangeBytes(t, running, 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n\x01\x02garbage');
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
  assert.equal((await running.event('connection_refused')).reason, 'request_malformed');
});

test('garbage behind a request whose answer has begun is refused after the answer', async (t) => {
  const body = new Readable({ read() {} });
  const running = await startListener(t, {
    handle: async (exchange) => {
      await exchange.respond({ status: 200, headers: [], body });
    },
  });
  const client = await connect(t, running);
  client.socket.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.receive(/keep-alive/i);
  client.socket.write('\x01\x02garbage');
  // By the time that another client has come in, those bytes have been read.
  await connect(t, running);
  body.push('rest');
  body.push(null);
  assert.match(await client.closed(), /rest\r\n0\r\n\r\nHTTP\/1\.1 400 /);
});

test('a client that leaves in the middle of its body fails the read and aborts the signal', async (t) => {
  for (const leave of ['end', 'destroy'] as const) {
    const failed = Promise.withResolvers<unknown>();
    const delivery = Promise.withResolvers<unknown>();
    const running = await startListener(t, {
      handle: async (exchange) => {
        const aborted = leaving(exchange);
        await readAll(exchange).catch(failed.resolve);
        await aborted;
        delivery.resolve(await exchange.respond({ status: 200, headers: [] }));
      },
    });
    const client = await connect(t, running);
    client.socket.write(`${POST}Content-Length: 10\r\n\r\nhello`);
    await running.handshakesEnded(1);
    client.socket[leave]();
    assert.match(String(await failed.promise), /RequestError/);
    assert.deepEqual(await delivery.promise, { outcome: 'client_gone', bytes: 0 });
  }
});

test('a body that has arrived is not waited for in vain when its client has left', async (t) => {
  const arrived = Promise.withResolvers<Exchange>();
  const gone = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      arrived.resolve(exchange);
      await gone.promise;
      await assert.rejects(readAll(exchange), { reason: 'request_malformed' });
      await exchange.respond({ status: 200, headers: [] });
    },
  });
  const client = await connect(t, running);
  client.socket.write(`${POST}Content-Length: 5\r\n\r\nhello`);
  const exchange = await arrived.promise;
  const aborted = leaving(exchange);
  client.socket.destroy();
  await aborted;
  gone.resolve();
  while (running.listener.connections() > 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual(running.events, []);
});

test('a client that leaves before its answer aborts the signal, asked for early or late', async (t) => {
  for (const isAskedEarly of [true, false]) {
    const arrived = Promise.withResolvers<Exchange>();
    const gone = Promise.withResolvers<void>();
    const running = await startListener(t, {
      handle: async (exchange) => {
        if (isAskedEarly) void exchange.signal;
        arrived.resolve(exchange);
        await gone.promise;
        await exchange.respond({ status: 200, headers: [] });
      },
    });
    const client = await connect(t, running);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const exchange = await arrived.promise;
    client.socket.destroy();
    if (isAskedEarly) await leaving(exchange);
    while (running.listener.connections() > 0) await new Promise(setImmediate);
    assert.equal(exchange.signal.aborted, true);
    gone.resolve();
  }
});

test('a client that leaves although more of its requests wait aborts the one in hands, and no other begins', async (t) => {
  let handled = 0;
  const aborted = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      handled += 1;
      exchange.signal.addEventListener('abort', () => aborted.resolve());
      arrived.resolve();
      await aborted.promise;
      await exchange.respond({ status: 200, headers: [] });
    },
  });
  const client = await connect(t, running);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100));
  await arrived.promise;
  client.socket.destroy();
  await aborted.promise;
  while (running.listener.connections() > 0) await new Promise(setImmediate);
  assert.equal(handled, 1);
});

test('an exchange carries a fresh id, its fields as sent and the facts of its connection', async (t) => {
  const exchanges: Exchange[] = [];
  const running = await startListener(t, {
    handle: async (exchange) => {
      exchanges.push(exchange);
      await echo(exchange);
    },
  });
  const client = await connect(t, running);
  const request = 'GET /a?b HTTP/1.1\r\nhOST: A\r\nX_Client.Cert: 1\r\nx-b:\t\u00e9 \r\n\r\n';
  for (const count of [1, 2]) {
    client.socket.write(Buffer.from(request, 'latin1'));
    await client.receive(new RegExp(`^(?:[^]*?"body":""}){${count}}$`));
  }
  const [first, second] = exchanges;
  assert.ok(first !== undefined && second !== undefined);
  assert.match(first.requestId, /^[0-9a-f]{32}$/);
  assert.notEqual(first.requestId, second.requestId);
  assert.equal(first.connection, running.secured[0]);
  assert.equal(second.connection, running.secured[0]);
  assert.equal(first.host, 'a');
  assert.deepEqual(first.headers, [
    ['hOST', 'A'],
    ['X_Client.Cert', '1'],
    ['x-b', '\u00e9'],
  ]);
});
