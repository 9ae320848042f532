import assert from 'node:assert/strict';
import { test } from './both-ways.ts';
import { connect, echo, exchangeBytes, parseAnswer } from './running-listener.ts';

interface Case {
  readonly title: string;
  readonly request: string;
  readonly status: number;
  readonly reason: string;
}

const CASES: readonly Case[] = [
  ...(
    [
      ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a'],
      ['two different hosts', 'GET / HTTP/1.1\r\nHost: a\r\nhOST: b'],
      ['a list of hosts', 'GET / HTTP/1.1\r\nHost: a, b'],
      ['a host with userinfo', 'GET / HTTP/1.1\r\nHost: x@a'],
      ['no host', 'GET / HTTP/1.1\r\nx: y'],
      ['no host in HTTP/1.0', 'GET / HTTP/1.0\r\nx: y'],
    ] as const
  ).map(([title, head]) => refused(title, head, 400, 'request_host_invalid')),
  ...(
    [
      ['an absolute target of another host', 'GET https://b/ HTTP/1.1\r\nHost: a'],
      ['an absolute target without TLS', 'GET http://a/ HTTP/1.1\r\nHost: a'],
      ['an absolute target with userinfo', 'GET https://a@a/ HTTP/1.1\r\nHost: a'],
      ['a backslash in the path', 'GET /a\\b HTTP/1.1\r\nHost: a'],
      ['an encoded NUL in the path', 'GET /a%00 HTTP/1.1\r\nHost: a'],
      ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a'],
      ['the asterisk of OPTIONS', 'OPTIONS * HTTP/1.1\r\nHost: a'],
    ] as const
  ).map(([title, head]) => refused(title, head, 400, 'request_target_invalid')),
  ...(
    [
      ['length and encoding at once', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
      ['two different lengths', 'Content-Length: 5\r\nContent-Length: 6'],
      ['a list of lengths', 'Content-Length: 5, 5'],
      ['a length with a sign', 'Content-Length: +5'],
      ['a negative length', 'Content-Length: -5'],
      ['an encoding that is not chunked', 'Transfer-Encoding: identity'],
      ['an encoding before chunked', 'Transfer-Encoding: gzip, chunked'],
      ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
      ['chunked in disguise', 'Transfer-Encoding: xchunked'],
      ['chunked after a vertical tab', 'Transfer-Encoding: \x0bchunked'],
      ['a space before the colon', 'X-A : b'],
      ['a folded line', 'X-A: b\r\n c'],
      ['a NUL in a value', 'X-A: b\0c'],
      ['a bare carriage return', 'X-A: b\rX-B: c'],
      ['a field without a name', ': b'],
    ] as const
  ).map(([title, field]) =>
    refused(title, `POST / HTTP/1.1\r\nHost: a\r\n${field}`, 400, 'request_malformed'),
  ),
  refused(
    'chunked in HTTP/1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked',
    400,
    'request_malformed',
  ),
  refused('HTTP/2 without its preface', 'GET / HTTP/2.0\r\nHost: a', 505, 'request_malformed'),
  refused(
    'bytes beyond ASCII in the path',
    'GET /\u00e9 HTTP/1.1\r\nHost: a',
    400,
    'request_malformed',
  ),
  refused('HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a', 400, 'request_malformed'),
  refused('an unknown method', 'BREW / HTTP/1.1\r\nHost: a', 400, 'request_malformed'),
  refused('no HTTP at all', '\x16\x03\x01 hello', 400, 'request_malformed'),
  refused(
    'an expectation that nobody can meet',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue-please',
    417,
    'request_expectation_failed',
  ),
  refused(
    'two expectations',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\nExpect: x',
    417,
    'request_expectation_failed',
  ),
  refused('CONNECT', 'CONNECT b:443 HTTP/1.1\r\nHost: b:443', 405, 'request_method_not_allowed'),
  refused(
    'a WebSocket',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket',
    400,
    'request_upgrade_refused',
  ),
  refused(
    'HTTP/2 by upgrade, with a body',
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 90000',
    400,
    'request_upgrade_refused',
  ),
  refused(
    '257 fields',
    `GET / HTTP/1.1\r\nHost: a\r\n${'a: b\r\n'.repeat(255)}Client-Cert: x`,
    431,
    'request_too_large',
  ),
  refused(
    '2001 fields of five bytes, a length and an identity at the end (T07)',
    `POST / HTTP/1.1\r\nHost: a\r\n${'a:b\r\n'.repeat(2_001)}Content-Length: 40\r\nClient-Cert: x`,
    431,
    'request_too_large',
  ),
  refused(
    'a header block over the limit',
    `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'b'.repeat(40_000)}`,
    431,
    'request_too_large',
  ),
];

function refused(title: string, head: string, status: number, reason: string): Case {
  return { title, request: `${head}\r\n\r\n`, status, reason };
}

for (const { title, request, status, reason } of CASES) {
  test(`${title}: refused, closed, told once, and nothing behind it is read`, async ({
    t,
    startListener,
    client,
  }) => {
    let handled = 0;
    const running = await startListener(t, {
      handle: async (exchange) => {
        handled += 1;
        await echo(exchange);
      },
    });
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
    const bytes = Buffer.from(`${request}${smuggled}`, 'latin1');
    const answer = parseAnswer(await exchangeBytes(t, running, bytes));
    assert.equal(answer.status, status);
    assert.match(answer.head, /^connection: close$/im);
    assert.match(answer.head, /^cache-control: no-store$/im);
    assert.match(answer.head, /^content-type: application\/json$/im);
    const body = JSON.parse(answer.body) as Record<string, unknown>;
    assert.equal(body['error'], 'invalid_request');
    assert.equal(typeof body['error_description'], 'string');
    assert.equal(handled, 0);
    assert.equal(running.events.length, 1);
    const event = await running.event('connection_refused');
    assert.equal(event.reason, reason);
    assert.equal(event.status, status);
    assert.equal(event.listener, 'test');
    assert.equal(event.peerAddress, client);
    assert.match(event.detail, /^[\x20-\x7e]{1,400}$/);
  });
}

test('a refused HEAD gets no body', async ({ t, startListener }) => {
  const running = await startListener(t);
  const answer = parseAnswer(await exchangeBytes(t, running, 'HEAD / HTTP/1.1\r\n\r\n'));
  assert.equal(answer.status, 400);
  assert.equal(answer.body, '');
});

test('256 fields are taken', async ({ t, startListener }) => {
  const running = await startListener(t);
  const fields = 'a: b\r\n'.repeat(254);
  const request = `GET / HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`;
  assert.equal(parseAnswer(await exchangeBytes(t, running, request)).status, 200);
});

test('names of object members are field names like others (T68)', async ({ t, startListener }) => {
  const running = await startListener(t);
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'x_y',
    'x.y',
    '__PROTO__',
  ];
  const fields = names.map((name) => `${name}: 1\r\n${name}: 2\r\n`).join('');
  const request = `GET /constructor?__proto__ HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`;
  const answer = parseAnswer(await exchangeBytes(t, running, request));
  const seen = JSON.parse(answer.body) as { readonly headers: readonly [string, string][] };
  assert.deepEqual(
    seen.headers.slice(1, -1),
    names.flatMap((name) => [
      [name, '1'],
      [name, '2'],
    ]),
  );
});

test('an upgrade behind a request that is not answered yet is refused after the answer', async ({
  t,
  startListener,
}) => {
  const arrived = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      arrived.resolve();
      await held.promise;
      await exchange.respond({ status: 200, headers: [] });
    },
  });
  const client = await connect(t, running);
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
  client.socket.write(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${upgrade}`);
  await arrived.promise;
  held.resolve();
  const text = await client.closed();
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
  assert.equal((await running.event('connection_refused')).reason, 'request_upgrade_refused');
});
