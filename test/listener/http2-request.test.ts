import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { FLAG, FRAME, CODE, frame, headers, request } from '../support/http2-frames.ts';
import type { FrameClient } from '../support/http2-frames.ts';
import { http2Exchange } from '../support/http2-client.ts';
import { frameClient, http2Client } from './http2-clients.ts';
import { echo, startListener } from './running-listener.ts';
import type { RunningListener, StartOptions } from './running-listener.ts';

interface Seen {
  readonly method: string;
  readonly target: { readonly path: string; readonly query?: string };
  readonly host: string;
  readonly headers: readonly [string, string][];
  readonly hasBody: boolean;
  readonly body: string;
}

async function connected(
  t: TestContext,
  options: StartOptions = {},
): Promise<RunningListener & { readonly client: FrameClient }> {
  const running = await startListener(t, options);
  const client = await frameClient(t, running);
  return { ...running, client };
}

function isOf(type: number, streamId: number) {
  return (each: { readonly type: number; readonly streamId: number }): boolean =>
    each.type === type && each.streamId === streamId;
}

test('a request over HTTP/2 looks like one over HTTP/1.1 to its handler', async (t) => {
  const running = await startListener(t);
  const session = http2Client(t, running);
  const answer = await http2Exchange(session, {
    method: 'POST',
    path: '/a%20b?c=d',
    authority: 'LocalHost:1',
    headers: [
      ['x-twice', '1'],
      ['x-twice', '2'],
      ['cookie', 'a=1'],
      ['te', 'trailers'],
      ['cookie', 'b=2'],
    ],
    body: 'hello',
  });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json(), {
    method: 'POST',
    target: { path: '/a%20b', query: 'c=d' },
    host: 'localhost:1',
    headers: [
      ['host', 'LocalHost:1'],
      ['content-length', '5'],
      ['x-twice', '1'],
      ['x-twice', '2'],
      ['cookie', 'a=1; b=2'],
      ['te', 'trailers'],
    ],
    hasBody: true,
    body: 'hello',
  });
  assert.equal(running.secured[0]?.httpProtocol, 'h2');
  assert.deepEqual(running.events, []);
});

test('a request may name its host in either place, or in both alike', async (t) => {
  const { client } = await connected(t);
  const others = request().filter(([name]) => name !== ':authority');
  client.send(headers(1, [...others, ['host', 'a']]), headers(3, request([['host', 'LOCALHOST']])));
  for (const [streamId, host] of [
    [1, 'a'],
    [3, 'localhost'],
  ] as const) {
    const { payload } = await client.frame(isOf(FRAME.data, streamId));
    const seen = JSON.parse(payload.toString()) as Seen;
    assert.equal(seen.host, host);
    assert.equal(seen.headers.filter(([name]) => name === 'host').length, 1);
  }
});

test('a trailer is dropped (T05)', async (t) => {
  const { client } = await connected(t);
  client.send(
    headers(1, request([['trailer', 'client-cert']], { method: 'POST' }), 0),
    frame(FRAME.data, 0, 1, Buffer.from('abc')),
    headers(1, [['client-cert', 'forged']]),
  );
  const { payload } = await client.frame(isOf(FRAME.data, 1));
  const seen = JSON.parse(payload.toString()) as Seen;
  assert.equal(seen.body, 'abc');
  assert.doesNotMatch(payload.toString(), /forged/);
});

test('an empty body that has ended before its reader looks is read to its end', async (t) => {
  const { client } = await connected(t, {
    handle: async (exchange) => {
      // As long as it takes to see who is calling.
      await nextTurn();
      const chunks = await exchange.body.toArray();
      await exchange.respond({ status: 200, headers: [], body: Buffer.from(`${chunks.length}`) });
    },
  });
  client.send(
    headers(1, request([], { method: 'POST' }), 0),
    frame(FRAME.data, FLAG.endStream, 1),
    headers(3, request([], { method: 'POST' }), 0),
    headers(3, [['a-trailer', 'b']]),
  );
  for (const streamId of [1, 3]) {
    const { payload } = await client.frame(isOf(FRAME.data, streamId));
    assert.equal(payload.toString(), '0');
  }
});

interface Refused {
  readonly title: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly status: number;
  readonly reason: string;
}

const many = (count: number): [string, string][] =>
  Array.from({ length: count }, () => ['a', 'b'] as [string, string]);

const REFUSED: readonly Refused[] = [
  {
    title: 'an authority that is not the host field',
    fields: request([['host', 'other']]),
    status: 400,
    reason: 'request_host_invalid',
  },
  {
    title: 'an authority that is no host',
    fields: request([], { authority: 'a;b' }),
    status: 400,
    reason: 'request_host_invalid',
  },
  {
    title: 'a scheme that is not https',
    fields: request().map(([name, value]) => [name, name === ':scheme' ? 'http' : value] as const),
    status: 400,
    reason: 'request_target_invalid',
  },
  {
    title: 'a fragment',
    fields: request([], { path: '/a#b' }),
    status: 400,
    reason: 'request_target_invalid',
  },
  {
    title: 'a backslash in the path',
    fields: request([], { path: '/a\\b' }),
    status: 400,
    reason: 'request_target_invalid',
  },
  {
    title: 'an octet above 127 in the path',
    fields: request([], { path: '/\xe9' }),
    status: 400,
    reason: 'request_target_invalid',
  },
  {
    title: 'OPTIONS of the whole server',
    fields: request([], { method: 'OPTIONS', path: '*' }),
    status: 400,
    reason: 'request_target_invalid',
  },
  {
    title: 'an unknown method',
    fields: request([], { method: 'get' }),
    status: 400,
    reason: 'request_malformed',
  },
  {
    title: 'CONNECT (T55)',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'localhost:1'],
    ],
    status: 405,
    reason: 'request_method_not_allowed',
  },
  {
    title: 'settings of an upgrade',
    fields: request([['http2-settings', 'AAMAAABk']]),
    status: 400,
    reason: 'request_malformed',
  },
  {
    title: 'an expectation that nobody can meet',
    fields: request([['expect', 'miracle']]),
    status: 417,
    reason: 'request_expectation_failed',
  },
  {
    title: '257 fields',
    fields: request(many(257)),
    status: 431,
    reason: 'request_too_large',
  },
  {
    title: 'a header block over the limit',
    fields: request(Array.from({ length: 10 }, () => ['x', 'y'.repeat(4_000)] as const)),
    status: 431,
    reason: 'request_too_large',
  },
];

for (const { title, fields, status, reason } of REFUSED) {
  test(`${title}: answered ${status} and told once, and the connection goes on`, async (t) => {
    let handled = 0;
    const running = await startListener(t, {
      handle: async (exchange) => {
        handled += 1;
        await echo(exchange);
      },
    });
    const client = await frameClient(t, running);
    client.send(...blocks(1, fields));
    const { payload } = await client.frame(isOf(FRAME.data, 1));
    const body = JSON.parse(payload.toString()) as Record<string, unknown>;
    assert.equal(body['error'], 'invalid_request');
    assert.equal(typeof body['error_description'], 'string');
    assert.equal(handled, 0);
    assert.equal(running.events.length, 1);
    const event = await running.event('connection_refused');
    assert.equal(event.reason, reason);
    assert.equal(event.status, status);
    assert.match(event.detail, /^[\x20-\x7e]{1,400}$/);
    client.send(headers(3, request()));
    await client.frame(isOf(FRAME.data, 3));
    assert.equal(handled, 1);
  });
}

/** A header block in as many frames as it needs. */
function blocks(
  streamId: number,
  fields: readonly (readonly [string, string])[],
): readonly Uint8Array[] {
  const block = headers(streamId, fields).subarray(9);
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_384) {
    const isLast = at + 16_384 >= block.length;
    const flags = (at === 0 ? FLAG.endStream : 0) | (isLast ? FLAG.endHeaders : 0);
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    frames.push(frame(type, flags, streamId, block.subarray(at, at + 16_384)));
  }
  return frames;
}

const PLAIN = request();
const without = (name: string): readonly (readonly [string, string])[] =>
  PLAIN.filter(([each]) => each !== name);

const RESET: readonly (readonly [title: string, fields: Refused['fields']])[] = [
  ['an upper-case name', request([['X-A', 'b']])],
  ['transfer-encoding', request([['transfer-encoding', 'chunked']])],
  ['connection', request([['connection', 'client-cert']])],
  ['keep-alive', request([['keep-alive', '1']])],
  ['proxy-connection', request([['proxy-connection', 'x']])],
  ['upgrade', request([['upgrade', 'websocket']])],
  ['te that is not trailers', request([['te', 'gzip']])],
  ['a path twice', [...PLAIN, [':path', '/x']]],
  ['an authority twice', [...PLAIN, [':authority', 'other']]],
  ['an unknown pseudo-header field', [...PLAIN, [':foo', 'x']]],
  ['a status', [...PLAIN, [':status', '200']]],
  ['a pseudo-header field after others', [...without(':path'), ['a', 'b'], [':path', '/']]],
  ['no path', without(':path')],
  ['no method', without(':method')],
  ['no scheme', without(':scheme')],
  ['no authority', without(':authority')],
  ['an authority with userinfo', request([], { authority: 'a@b' })],
  ['a space in the path', request([], { path: '/a b' })],
  ['CR LF in the path', request([], { path: '/a\r\nb: c' })],
  ['an absolute path', request([], { path: 'https://localhost/' })],
  ['an empty path', request([], { path: '' })],
  ['CR LF in the method', request([], { method: 'GET / HTTP/1.1\r\n' })],
  ['a length that is no number', request([['content-length', '+5']])],
  [
    'two lengths',
    request([
      ['content-length', '0'],
      ['content-length', '0'],
    ]),
  ],
  ['a length without a body', request([['content-length', '5']])],
  ['extended CONNECT', [[':method', 'CONNECT'], [':protocol', 'websocket'], ...without(':method')]],
];

test('T53: malformed requests are reset, nobody sees them, and it is told', async (t) => {
  let handled = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      handled += 1;
      await echo(exchange);
    },
  });
  for (const [title, fields] of RESET) {
    const client = await frameClient(t, running);
    client.send(headers(1, fields), headers(3, PLAIN));
    const reset = await client.frame(isOf(FRAME.rstStream, 1));
    assert.equal(reset.payload.readUInt32BE(0), CODE.protocolError, title);
    await client.frame(isOf(FRAME.data, 3));
    assert.ok(!client.frames.some(isOf(FRAME.headers, 1)), title);
  }
  assert.equal(handled, RESET.length);
  assert.deepEqual(
    running.events.map((event) => event.kind === 'connection_refused' && event.reason),
    RESET.map(() => 'request_malformed'),
  );
});

test('T53: a malformed request that nothing follows is told when its client leaves', async (t) => {
  const { client, ...running } = await connected(t);
  client.send(headers(1, request([['connection', 'x']])));
  await client.frame(isOf(FRAME.rstStream, 1));
  client.socket.destroy();
  assert.equal((await running.event('connection_refused')).reason, 'request_malformed');
});

test('T53: a body that is not as long as announced fails its reader', async (t) => {
  for (const body of ['abc', 'abcdefg']) {
    const failed = Promise.withResolvers<unknown>();
    const { client } = await connected(t, {
      handle: async (exchange) => {
        await exchange.body.toArray().catch(failed.resolve);
        await exchange.respond({ status: 400, headers: [] });
      },
    });
    client.send(
      headers(1, request([['content-length', '5']], { method: 'POST' }), 0),
      frame(FRAME.data, FLAG.endStream, 1, Buffer.from(body)),
    );
    assert.ok((await failed.promise) instanceof Error);
    assert.ok(!client.frames.some(isOf(FRAME.headers, 1)));
  }
});

test('T53: a field that would be two in HTTP/1.1 never reaches the handler', async (t) => {
  const names = ['x\r\nclient-cert', 'x:y', 'x y', 'x\0y', ''];
  const values = ['b\r\nclient-cert: forged', 'b\nc', 'b\0c', ' b', 'b\t', 'b\x01', 'b\x7f'];
  const fields = [
    ...names.map((name) => [name, 'forged'] as const),
    ...values.map((value) => ['x-a', value] as const),
  ];
  const { client } = await connected(t);
  for (const [index, field] of fields.entries()) {
    const streamId = 2 * index + 1;
    client.send(headers(streamId, request([field])));
    const { payload } = await client.frame(isOf(FRAME.data, streamId));
    const seen = JSON.parse(payload.toString()) as Seen;
    assert.deepEqual(seen.headers, [['host', 'localhost']], JSON.stringify(field));
  }
});

test('names of object members are field names like others (T68)', async (t) => {
  const { client } = await connected(t);
  const fields = ['__proto__', 'constructor', 'tostring', 'x_y', 'x.y'].map(
    (name) => [name, '1'] as const,
  );
  client.send(headers(1, request(fields, { path: '/constructor?__proto__' })));
  const { payload } = await client.frame(isOf(FRAME.data, 1));
  const seen = JSON.parse(payload.toString()) as Seen;
  assert.deepEqual(seen.headers.slice(1), fields);
});
