import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PREFACE, headers, request, settingsFrame } from '../../support/http2-frames.ts';
import { selfSigned } from '../../support/pki.ts';
import { clientHello } from '../client-hello.ts';
import {
  answerText,
  connect,
  connectPlain,
  exchangeBytes,
  parseAnswer,
  startListener,
} from '../running-listener.ts';
import type { RunningListener, StartOptions } from '../running-listener.ts';
import { binaryHeader, endpoints, extension, FULL_HEADER, tlsExtension } from './proxy-headers.ts';

const LINE = Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443\r\n');
const OTHER_LINE = Buffer.from('PROXY TCP4 203.0.113.1 10.0.0.1 1 2\r\n');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const LOOPBACK = { address: '127.0.0.1', prefix: 32 };
/** The first octets of what a server answers to a ClientHello: a handshake record. */
const SERVER_HELLO = /^\x16\x03/;

async function startProxied(
  t: TestContext,
  { headerTimeoutMs = 5_000, ...options }: StartOptions & { headerTimeoutMs?: number } = {},
): Promise<RunningListener> {
  return startListener(t, {
    handle: (exchange) => answerText(exchange, 'ok'),
    proxyProtocol: { peers: [LOOPBACK], header_timeout: headerTimeoutMs },
    ...options,
  });
}

for (const [title, preamble, address, port] of [
  ['version 1', LINE, '192.0.2.7', 4_711],
  ['version 2', binaryHeader(), '192.0.2.7', 4_711],
  ['version 2 with extensions', FULL_HEADER, '192.0.2.7', 4_711],
  [
    'version 2 with IPv6',
    binaryHeader({ family: 0x21, addresses: endpoints('2001:db8::7', '::1', 1, 2) }),
    '2001:db8::7',
    1,
  ],
] as const) {
  test(`the client of a header of ${title} is the client of the connection`, async (t) => {
    const running = await startProxied(t, { preamble });
    assert.equal(parseAnswer(await exchangeBytes(t, running, GET)).body, 'ok');
    const [facts] = running.secured;
    assert.equal(facts?.peerAddress, address);
    assert.equal(facts.peerPort, port);
    assert.equal(facts.socketAddress, '127.0.0.1');
  });
}

test('HTTP/2 behind a header is served like HTTP/1.1', async (t) => {
  const running = await startProxied(t, {
    preamble: LINE,
    handle: (exchange) => answerText(exchange, exchange.connection.peerAddress),
  });
  const client = await connect(t, running, { ALPNProtocols: ['h2'] });
  client.socket.write(Buffer.concat([PREFACE, settingsFrame(), headers(1, request())]));
  await client.receive(/192\.0\.2\.7$/);
});

for (const [title, preamble] of [
  ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ['LOCAL', binaryHeader({ command: 0x20 })],
] as const) {
  test(`a header that says ${title} leaves the address of the socket`, async (t) => {
    const running = await startProxied(t, { preamble });
    assert.equal(parseAnswer(await exchangeBytes(t, running, GET)).body, 'ok');
    assert.equal(running.secured[0]?.peerAddress, '127.0.0.1');
    assert.equal(running.secured[0].socketAddress, '127.0.0.1');
  });
}

test('header and ClientHello may be cut anywhere, or come at once', async (t) => {
  const running = await startProxied(t);
  for (const header of [LINE, FULL_HEADER]) {
    const bytes = Buffer.concat([header, clientHello()]);
    const cuts = [bytes.length, ...Array.from(bytes.keys()).slice(1)];
    for (let index = 0; index < cuts.length; index += 20) {
      await Promise.all(
        cuts.slice(index, index + 20).map(async (cut) => {
          const client = await connectPlain(t, running);
          client.socket.setNoDelay(true);
          client.socket.write(bytes.subarray(0, cut));
          await new Promise(setImmediate);
          if (cut < bytes.length) client.socket.write(bytes.subarray(cut));
          await client.receive(SERVER_HELLO);
          client.socket.destroy();
        }),
      );
    }
  }
  assert.ok(running.events.every(({ kind }) => kind !== 'connection_refused'));
});

test('a header that comes an octet at a time is read', async (t) => {
  const running = await startProxied(t);
  const client = await connectPlain(t, running);
  client.socket.setNoDelay(true);
  for (const octet of Buffer.concat([FULL_HEADER, clientHello()])) {
    client.socket.write(Buffer.of(octet));
    await new Promise(setImmediate);
  }
  await client.receive(SERVER_HELLO);
});

test('F25: a connection that does not begin with a whole header is closed and told', async (t) => {
  const running = await startProxied(t);
  for (const [bytes, reason] of [
    [clientHello(), 'proxy_header_absent'],
    [Buffer.from(GET), 'proxy_header_absent'],
    [Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711\r\n'), 'proxy_header_invalid'],
    [Buffer.from(`PROXY UNKNOWN ${'x'.repeat(5_000)}`), 'proxy_header_invalid'],
    [binaryHeader({ length: 65_535 }), 'proxy_header_invalid'],
    [binaryHeader({ extensions: [Buffer.alloc(40, 0xff)] }), 'proxy_header_invalid'],
    [binaryHeader({ extensions: [extension(3, 'abcd')] }), 'proxy_header_invalid'],
  ] as const) {
    const before = running.events.length;
    const client = await connectPlain(t, running);
    client.socket.write(bytes);
    assert.equal(await client.closed(), '');
    await running.handshakesEnded(before + 1);
    const event = running.events.at(-1);
    assert.equal(running.events.length, before + 1);
    assert.ok(event?.kind === 'connection_refused');
    assert.equal(event.reason, reason);
    assert.equal(event.peerAddress, '127.0.0.1');
  }
  assert.deepEqual(running.secured, []);
});

test('F25: a header that does not come, or stops, costs the connection at its time limit', async (t) => {
  const running = await startProxied(t, { headerTimeoutMs: 200 });
  const silent = await connectPlain(t, running);
  const cut = await connectPlain(t, running);
  cut.socket.write(FULL_HEADER.subarray(0, 40));
  const slow = await connectPlain(t, running);
  let sent = 0;
  const header = binaryHeader({ extensions: [extension(0xe0, Buffer.alloc(4_000))] });
  const drip = setInterval(() => slow.socket.write(header.subarray(sent, ++sent)), 10);
  t.after(() => clearInterval(drip));
  await Promise.all([silent.closed(), cut.closed(), slow.closed()]);
  await running.handshakesEnded(3);
  const reasons = running.events.map((event) => ('reason' in event ? event.reason : ''));
  assert.deepEqual(
    reasons.toSorted((a, b) => a.localeCompare(b)),
    ['proxy_header_absent', 'proxy_header_invalid', 'proxy_header_invalid'],
  );
});

test('F25: a peer that leaves within its header is told', async (t) => {
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const running = await startProxied(t);
    const client = await connectPlain(t, running);
    client.socket.write(LINE.subarray(0, 20));
    // By the time that another client is served, those octets have been read.
    await exchangeBytes(t, { ...running, preamble: LINE }, GET);
    client.socket[leave]();
    const event = await running.event('connection_refused');
    assert.equal(event.reason, 'proxy_header_invalid');
    assert.match(event.detail, /^closed before the end of the header after 20 octets/);
    await client.closed();
  }
});

test('F25: a peer that is not listed is closed, whatever its header says', async (t) => {
  const peers = [{ address: '127.0.0.9', prefix: 32 }];
  const running = await startProxied(t, { proxyProtocol: { peers, header_timeout: 5_000 } });
  // What it claims to be is a listed address.
  const spoofed = Buffer.from('PROXY TCP4 127.0.0.9 10.0.0.1 4711 9443\r\n');
  const client = await connectPlain(t, { ...running, preamble: spoofed });
  assert.equal(await client.closed(), '');
  const event = await running.event('connection_refused');
  assert.equal(event.reason, 'proxy_peer_unlisted');
  assert.equal(event.peerAddress, '127.0.0.1');
});

test('the listed peer is heard, from its own address', async (t) => {
  const peers = [{ address: '127.0.0.9', prefix: 32 }];
  const running = await startProxied(t, { proxyProtocol: { peers, header_timeout: 5_000 } });
  const { port } = running;
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: '127.0.0.9' });
  t.after(() => socket.destroy());
  socket.write(LINE);
  const client = await connect(t, { ...running, preamble: new Uint8Array() }, { socket });
  client.socket.write(GET);
  assert.equal(parseAnswer(await client.closed()).body, 'ok');
  assert.equal(running.secured[0]?.socketAddress, '127.0.0.9');
});

test('T19: a second header, or one on a listener without them, names nobody', async (t) => {
  const twice = Buffer.concat([LINE, OTHER_LINE]);
  const proxied = await startProxied(t);
  const direct = await startListener(t);
  for (const [running, preamble, address] of [
    [proxied, twice, '192.0.2.7'],
    [direct, LINE, '127.0.0.1'],
    [direct, binaryHeader(), '127.0.0.1'],
  ] as const) {
    const before = running.events.length;
    const client = await connectPlain(t, { ...running, preamble });
    client.socket.end(clientHello());
    await client.closed();
    await running.handshakesEnded(before + 1);
    const event = running.events.at(-1);
    assert.ok(event?.kind === 'handshake_failed');
    assert.equal(event.reason, 'handshake_not_tls');
    assert.equal(event.peerAddress, address);
  }
});

test('T19: a certificate that only the sender of the header saw is none', async (t) => {
  const tls = tlsExtension(
    0x07,
    extension(0x21, 'TLSv1.3'),
    extension(0x22, 'admin'),
    extension(0x28, (await selfSigned()).certificate),
  );
  const preamble = binaryHeader({ extensions: [extension(0x02, 'a.example'), tls] });
  const running = await startProxied(t, { preamble });
  assert.equal(parseAnswer(await exchangeBytes(t, running, GET)).body, 'ok');
  assert.deepEqual(running.secured[0]?.certificates, []);
  const notice = await running.event('notice');
  assert.equal(notice.level, 'debug');
  assert.deepEqual(notice.fields, {
    listener: 'test',
    peer: '192.0.2.7',
    socket: '127.0.0.1',
    authority: 'a.example',
    certificate_at_sender: true,
    protocol: 'TLSv1.3',
  });
});

test('the time of a handshake counts from accept, whenever its header came', async (t) => {
  const running = await startProxied(t, { limits: { handshake_timeout: 5_000 } });
  const proxied = { ...running, preamble: LINE };
  const first = await connectPlain(t, running);
  first.socket.write(LINE.subarray(0, 20));
  // Others are served, so that time passes before the second one comes and has its header read.
  for (let others = 0; others < 3; others += 1) await exchangeBytes(t, proxied, GET);
  const second = await connectPlain(t, { ...running, preamble: OTHER_LINE });
  for (let others = 0; others < 3; others += 1) await exchangeBytes(t, proxied, GET);
  first.socket.write(LINE.subarray(20));
  await Promise.all([first.closed(), second.closed()]);
  await running.handshakesEnded(6 + 2);
  const ended = running.events.filter(({ kind }) => kind === 'handshake_failed');
  assert.deepEqual(
    ended.map((event) => 'reason' in event && event.reason),
    ['handshake_timeout', 'handshake_timeout'],
  );
  assert.deepEqual(
    ended.map((event) => 'peerAddress' in event && event.peerAddress),
    ['192.0.2.7', '203.0.113.1'],
  );
});

test('connections whose header is awaited are counted and do not hold up the stop', async (t) => {
  const running = await startProxied(t);
  const waiting = await connectPlain(t, running);
  await exchangeBytes(t, { ...running, preamble: LINE }, GET);
  assert.ok(running.listener.connections() >= 1);
  await running.listener.stop(60_000);
  await waiting.closed();
  assert.equal((await running.event('connection_refused')).reason, 'shutting_down');
  assert.equal(running.listener.connections(), 0);
});

test('F25: hundreds of peers that never send their header are all cut while others are served', async (t) => {
  const running = await startProxied(t, { headerTimeoutMs: 500 });
  const stalled = await Promise.all(Array.from({ length: 300 }, () => connectPlain(t, running)));
  const answer = parseAnswer(await exchangeBytes(t, { ...running, preamble: LINE }, GET));
  assert.equal(answer.body, 'ok');
  await Promise.all(stalled.map((client) => client.closed()));
  await running.handshakesEnded(301);
  while (running.listener.connections() > 0) await new Promise(setImmediate);
});
