import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { CertboundError } from '../../src/errors.ts';
import { readBounded } from '../../src/http/body.ts';
import { createUpstream } from '../../src/upstream/forward.ts';
import type { Upstream, UpstreamRequest } from '../../src/upstream/forward.ts';
import { createUpstreamPool } from '../../src/upstream/pool.ts';
import type { PoolOptions } from '../../src/upstream/pool.ts';
import { ok, pathOf, startRawUpstream } from '../support/raw-upstream.ts';
import type { RawBehaviour, RawUpstream } from '../support/raw-upstream.ts';

interface Fixture {
  readonly raw: RawUpstream;
  readonly upstream: Upstream;
}

async function start(
  t: TestContext,
  onHead: RawBehaviour['onHead'],
  options: Partial<PoolOptions> = {},
): Promise<Fixture> {
  const raw = await startRawUpstream(t, { onHead });
  const pool = createUpstreamPool({
    origin: raw.url,
    connectTimeoutMs: 5_000,
    responseTimeoutMs: 20_000,
    bodyIdleTimeoutMs: 20_000,
    maxConnections: 2,
    maxQueue: 2,
    ...options,
  });
  t.after(() => pool.destroy());
  return { raw, upstream: createUpstream(pool, () => {}) };
}

function get(target: string, signal = new AbortController().signal): UpstreamRequest {
  return { method: 'GET', target, headers: [], body: undefined, network: '192.0.2.1', signal };
}

async function textOf(upstream: Upstream, request: UpstreamRequest): Promise<string | undefined> {
  const { body } = await upstream.send(request);
  return (await readBounded(body, 1_000_000))?.toString('latin1');
}

const isReason =
  (reason: string) =>
  (error: unknown): boolean =>
    error instanceof CertboundError && error.reason === reason;

test('no more connections are opened than allowed, and no more requests wait', async (t) => {
  const held: (() => void)[] = [];
  const { raw, upstream } = await start(t, ({ socket }, head) => {
    held.push(() => socket.write(ok(pathOf(head))));
  });
  const asked = ['/1', '/2', '/3', '/4'].map((target) => textOf(upstream, get(target)));
  await assert.rejects(textOf(upstream, get('/5')), isReason('overloaded'));
  const answered = Promise.all(asked);
  const timer = setInterval(() => held.shift()?.(), 1);
  t.after(() => clearInterval(timer));
  assert.deepEqual(await answered, ['/1', '/2', '/3', '/4']);
  assert.equal(raw.connections.length, 2);
});

test('a client that leaves while it waits for a connection takes up no place', async (t) => {
  const held: (() => void)[] = [];
  const { upstream } = await start(
    t,
    ({ socket }, head) => void held.push(() => socket.write(ok(pathOf(head)))),
    { maxConnections: 1, maxQueue: 1 },
  );
  const first = textOf(upstream, get('/1'));
  const leaving = new AbortController();
  const second = textOf(upstream, get('/2', leaving.signal));
  leaving.abort();
  await assert.rejects(second, isReason('client_gone'));
  const third = textOf(upstream, get('/3'));
  const timer = setInterval(() => held.shift()?.(), 1);
  t.after(() => clearInterval(timer));
  assert.deepEqual(await Promise.all([first, third]), ['/1', '/3']);
});

test('a client that left before has no place, and costs no connection', async (t) => {
  const held: (() => void)[] = [];
  const { raw, upstream } = await start(
    t,
    ({ socket }, head) => void held.push(() => socket.write(ok(pathOf(head)))),
    { maxConnections: 1, maxQueue: 1 },
  );
  const timer = setInterval(() => held.shift()?.(), 1);
  t.after(() => clearInterval(timer));
  const gone = get('/gone', AbortSignal.abort());
  const first = textOf(upstream, get('/1'));
  await assert.rejects(textOf(upstream, gone), isReason('client_gone'));
  assert.equal(await first, '/1');
  await assert.rejects(textOf(upstream, gone), isReason('client_gone'));
  assert.equal(await textOf(upstream, get('/2')), '/2');
  assert.equal(raw.connections.length, 1);
});

test('a client that leaves ends the connection, and the next request has another', async (t) => {
  const { raw, upstream } = await start(t, ({ socket }, head) => {
    if (pathOf(head) !== '/silent') socket.write(ok('fine'));
  });
  const leaving = new AbortController();
  const asked = textOf(upstream, get('/silent', leaving.signal));
  assert.equal(await textOf(upstream, get('/a')), 'fine');
  leaving.abort();
  await assert.rejects(asked, isReason('client_gone'));
  await raw.gone(1);
  assert.equal(await textOf(upstream, get('/b')), 'fine');
  assert.equal(raw.connections.length, 2);
});

test('a connection that the upstream has ended is not used, in the same turn of the event loop either', async (t) => {
  const opened: Socket[] = [];
  const onSocket = (message: unknown): void =>
    void opened.push((message as { readonly socket: Socket }).socket);
  subscribe('net.client.socket', onSocket);
  t.after(() => unsubscribe('net.client.socket', onSocket));
  const { raw, upstream } = await start(t, ({ socket }) => socket.write(ok('fine')));
  // Of a method that is not sent a second time.
  const post = { ...get('/token'), method: 'POST', body: Buffer.from('a=b') };
  assert.equal(await textOf(upstream, post), 'fine');
  const [socket] = opened;
  assert.ok(socket !== undefined);
  const ended = once(socket, 'end');
  raw.connections[0]?.socket.end();
  await ended;
  await setImmediate();
  assert.equal(await textOf(upstream, post), 'fine');
  assert.equal(raw.connections.length, 2);
});

test('a body flows no faster than it is read', async (t) => {
  const total = 40_000_000;
  const { raw, upstream } = await start(t, ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
    socket.write(Buffer.alloc(total));
  });
  const { body } = await upstream.send(get('/large'));
  assert.ok(!(body instanceof Uint8Array));
  await once(body, 'readable');
  const socket = raw.connections[0]?.socket;
  assert.ok(socket !== undefined && socket.writableLength > 0);
  let read = 0;
  for await (const piece of body) read += (piece as Buffer).length;
  assert.equal(read, total);
  assert.equal(await statusOf(upstream, '/again'), 200);
  assert.equal(raw.connections.length, 1);
});

async function statusOf(upstream: Upstream, target: string): Promise<number> {
  const { status, body } = await upstream.send(get(target));
  if (!(body instanceof Uint8Array)) body.destroy();
  return status;
}

test('a request that could become two is not sent', async (t) => {
  const { raw, upstream } = await start(t, ({ socket }) => socket.write(ok('fine')));
  const split = 'x\r\nGET /smuggled HTTP/1.1';
  for (const request of [
    { ...get('/a b') },
    { ...get(`/${split}`) },
    { ...get('/'), method: `GET /${split}` },
    { ...get('/'), headers: [['x', split]] as const },
    { ...get('/'), headers: [[split, 'x']] as const },
    { ...get('/'), headers: [['x', '\u{100}']] as const },
  ]) {
    await assert.rejects(textOf(upstream, request), isReason('upstream_broken'));
  }
  assert.equal(await textOf(upstream, get('/fine')), 'fine');
  assert.ok(raw.connections.length <= 2);
});

test('each answer on a connection has the same time, however long the one before took', async (t) => {
  const { raw, upstream } = await start(
    t,
    ({ socket }, head) => {
      if (pathOf(head) === '/silent') return;
      const timer = setTimeout(() => socket.write(ok(pathOf(head))), 400);
      t.after(() => clearTimeout(timer));
    },
    { responseTimeoutMs: 1_000 },
  );
  // More than that time in all.
  for (const target of ['/1', '/2', '/3']) {
    assert.equal(await textOf(upstream, get(target)), target);
  }
  await assert.rejects(textOf(upstream, get('/silent')), isReason('upstream_timeout'));
  assert.equal(raw.connections.length, 1);
});

test('an answer that never comes is given up on a connection that has just carried another', async (t) => {
  const { raw, upstream } = await start(
    t,
    ({ socket }, head) => {
      if (pathOf(head) !== '/silent') socket.write(ok(pathOf(head)));
    },
    { responseTimeoutMs: 300 },
  );
  assert.equal(await textOf(upstream, get('/1')), '/1');
  await assert.rejects(textOf(upstream, get('/silent')), isReason('upstream_timeout'));
  assert.equal(raw.connections.length, 1);
});

const TARGETS = ['/1', '/2', '/3'];

test('a list of fields that comes again is written as it is, and one that can not be is refused', async (t) => {
  const heads: string[] = [];
  const { raw, upstream } = await start(t, ({ socket }, head) => {
    heads.push(head);
    socket.write(ok(''));
  });
  const standing = [[['x-a', '1']], [['x-b', '\xe9']]] as const;
  // As fields, then as lines that are made of them, then as these.
  for (const target of TARGETS) {
    await upstream.send({ ...get(target), headers: [['x-own', target]], standing });
  }
  const fields = heads.map((head) => head.split('\r\n').slice(1));
  assert.deepEqual(
    fields,
    TARGETS.map((target) => [
      `x-own: ${target}`,
      `host: ${new URL(raw.url).host}`,
      'x-a: 1',
      'x-b: \xe9',
    ]),
  );
  for (const field of [
    ['x-a', '1\r\nx-b: 2'],
    ['content-length', '5'],
    ['Host', 'other.example'],
  ] as const) {
    const list = [field];
    for (const target of TARGETS) {
      const split = upstream.send({ ...get(target), standing: [list] });
      await assert.rejects(split, isReason('upstream_broken'));
    }
  }
  assert.equal(heads.length, TARGETS.length);
});
