import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  CODE,
  FLAG,
  FRAME,
  frame,
  headerBlock,
  headers,
  indexedLiteral,
  request,
  rstStream,
  settingsFrame,
  windowUpdate,
} from '../support/http2-frames.ts';
import { http2Exchange } from '../support/http2-client.ts';
import { frameClient, http2Client } from './http2-clients.ts';
import { answerText, startListener } from './running-listener.ts';

const POST = request([], { method: 'POST' });

/** What each flood sends again and again, after the first bytes; and the most of it that is taken. */
const FLOODS: readonly {
  readonly title: string;
  readonly first?: Uint8Array;
  readonly each: (index: number) => Uint8Array;
  readonly most: number;
}[] = [
  {
    title: 'T59: requests that are taken back at once',
    each: (index) => Buffer.concat([headers(2 * index + 1, request()), rstStream(2 * index + 1)]),
    most: 5_000,
  },
  {
    title: 'T59: requests that we are made to reset',
    each: (index) => headers(2 * index + 1, request([['connection', 'x']])),
    most: 5_000,
  },
  {
    title: 'T59: requests that are refused',
    each: (index) => headers(2 * index + 1, request([['http2-settings', 'x']])),
    most: 5_000,
  },
  {
    title: 'T60: header blocks without end',
    first: frame(FRAME.headers, FLAG.endStream, 1, Buffer.from([0x82])),
    each: () => frame(FRAME.continuation, 0, 1, Buffer.alloc(100, 0x82)),
    most: 5_000,
  },
  {
    title: 'T60: header blocks without end and without content',
    first: frame(FRAME.headers, FLAG.endStream, 1, Buffer.from([0x82])),
    each: () => frame(FRAME.continuation, 0, 1),
    most: 5_000,
  },
  {
    title: 'T61: PING',
    each: (index) => frame(FRAME.ping, 0, 0, Buffer.alloc(8, index)),
    most: 100_000,
  },
  { title: 'T61: SETTINGS', each: () => settingsFrame([[3, 100]]), most: 100_000 },
  {
    title: 'T61: WINDOW_UPDATE',
    each: () => frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 0, 0, 1])),
    most: 100_000,
  },
  {
    title: 'T61: PRIORITY',
    each: () => frame(FRAME.priority, 0, 1, Buffer.from([0, 0, 0, 3, 1])),
    most: 200_000,
  },
  {
    title: 'T61: frames of unknown types',
    each: () => frame(77, 0, 0, Buffer.alloc(100)),
    most: 10_000,
  },
  {
    title: 'T61: DATA without content',
    first: headers(1, POST, 0),
    each: () => frame(FRAME.data, 0, 1),
    most: 5_000,
  },
];

for (const { title, first, each, most } of FLOODS) {
  test(`${title}: a flood of them ends the connection, is told, and others don't notice`, async (t) => {
    const running = await startListener(t, {
      limits: { header_timeout: 60_000 },
      handle: (exchange) => answerText(exchange, 'ok'),
    });
    const other = http2Client(t, running);
    await http2Exchange(other, { path: '/' });
    const client = await frameClient(t, running);
    if (first !== undefined) client.send(first);
    let sent = 0;
    while (!client.socket.closed && sent < most) {
      client.send(Buffer.concat(Array.from({ length: 100 }, () => each(sent++))));
      if (client.socket.writableNeedDrain) {
        await Promise.race([once(client.socket, 'drain').catch(() => {}), client.closed()]);
      }
      await new Promise(setImmediate);
    }
    await client.closed();
    const told = running.events.map((event) => event.kind === 'connection_refused' && event.reason);
    const reasons = title.endsWith('PRIORITY')
      ? ['http2_flood', 'request_malformed']
      : ['http2_flood'];
    assert.ok(
      told.some((reason) => reason !== false && reasons.includes(reason)),
      String(told),
    );
    assert.equal((await http2Exchange(other, { path: '/' })).text, 'ok');
  });
}

test('T60: a small header block that grows large is refused, however large', async (t) => {
  let handled = 0;
  const running = await startListener(t, {
    handle: async (exchange) => {
      handled += 1;
      await answerText(exchange, 'ok');
    },
  });
  const client = await frameClient(t, running);
  const bomb = (streamId: number, repeated: number): Uint8Array => {
    const entry = indexedLiteral('x', 'y'.repeat(4_000));
    const references = Buffer.alloc(repeated, 0x80 | 62);
    const block = Buffer.concat([headerBlock(request()), entry, references]);
    return frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, streamId, block);
  };
  client.send(bomb(1, 10_000), bomb(3, 250), bomb(5, 4), headers(7, request()));
  const reset = await client.frame(({ type }) => type === FRAME.rstStream);
  assert.equal(reset.streamId, 1);
  assert.equal(reset.payload.readUInt32BE(0), CODE.enhanceYourCalm);
  const refused = await client.frame(({ type, streamId }) => type === FRAME.data && streamId === 3);
  assert.match(refused.payload.toString(), /too large/);
  await client.frame(({ type, streamId }) => type === FRAME.data && streamId === 7);
  assert.equal(handled, 2);
});

const BROKEN: readonly (readonly [title: string, code: number, ...frames: Uint8Array[]])[] = [
  [
    'an index that no table has',
    CODE.compressionError,
    frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, 1, Buffer.from([0xff, 0xff, 0x7f])),
  ],
  [
    'a window of the connection that overflows',
    CODE.flowControlError,
    windowUpdate(0, 2 ** 31 - 1),
  ],
  [
    'a window of a stream that overflows',
    CODE.flowControlError,
    headers(1, POST, 0),
    windowUpdate(1, 2 ** 31 - 1),
  ],
  ['a window that grows by nothing', CODE.protocolError, windowUpdate(0, 0)],
  [
    'settings without end',
    CODE.enhanceYourCalm,
    settingsFrame(Array.from({ length: 1_000 }, () => [3, 100] as const)),
  ],
  [
    'a frame longer than agreed',
    CODE.frameSizeError,
    frame(FRAME.data, 0, 1, Buffer.alloc(20_000)),
  ],
  ['a stream number of ours', CODE.protocolError, headers(2, request())],
  ['a push', CODE.protocolError, frame(FRAME.pushPromise, 4, 1, Buffer.from([0, 0, 0, 2, 0x82]))],
];

for (const [title, code, ...sent] of BROKEN) {
  test(`T61: ${title} ends the connection, and it is told once`, async (t) => {
    const running = await startListener(t, {
      handle: async (exchange) => {
        await exchange.body.toArray().catch(() => undefined);
        await answerText(exchange, 'ok');
      },
    });
    const client = await frameClient(t, running);
    client.send(...sent);
    await client.closed();
    // The engine drops it when an earlier write is still under way.
    const goaway = client.frames.find(({ type }) => type === FRAME.goaway);
    if (goaway !== undefined) assert.equal(goaway.payload.readUInt32BE(4), code);
    const event = await running.event('connection_refused');
    assert.equal(event.reason, 'request_malformed');
    assert.equal(running.events.length, 1);
  });
}

test('T70: clients that send half a header block and vanish leave nothing behind', async (t) => {
  const running = await startListener(t);
  for (let index = 0; index < 50; index += 1) {
    const client = await frameClient(t, running);
    client.send(
      headers(1, request([['x', 'y']]), 0),
      frame(FRAME.headers, 0, 3, Buffer.from([0x82, 0xff])),
    );
    client.socket.destroy();
  }
  while (running.listener.connections() > 0) await new Promise(setImmediate);
  const session = http2Client(t, running);
  assert.equal((await http2Exchange(session, { path: '/' })).status, 200);
});
