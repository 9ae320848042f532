import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { selfSigned } from '../support/pki.ts';
import { test } from './both-ways.ts';
import type { WayContext } from './both-ways.ts';
import { certificateMessage, clientHello, tlsRecord } from './client-hello.ts';
import {
  answerText,
  connect,
  connectPlain,
  endsHandshake,
  exchangeBytes,
} from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';

/** ServerHelloDone, the last message before it is the client's turn in TLS 1.2. */
const SERVER_HELLO_DONE = /\x0e\x00\x00\x00$/;

type Failure = Extract<TelemetryEvent, { kind: 'handshake_failed' }>;

/** Sends bytes without TLS and gives the one event that follows. */
async function failureOf(
  { t, startListener }: WayContext,
  bytes: string | Uint8Array,
): Promise<{
  readonly failure: Failure;
  readonly running: RunningListener;
  readonly text: string;
}> {
  const running = await startListener(t);
  const client = await connectPlain(t, running);
  client.socket.write(bytes);
  const text = await client.closed();
  const failure = await running.event('handshake_failed');
  await running.listener.stop(0);
  assert.equal(running.events.length, 1);
  assert.equal(running.secured.length, 0);
  return { failure, running, text };
}

test('HTTP on the TLS port is told in plain text to use https', async (way) => {
  const { failure, text } = await failureOf(way, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.equal(failure.reason, 'handshake_not_tls');
  assert.equal(failure.listener, 'test');
  assert.equal(failure.peerAddress, way.client);
  assert.ok(failure.durationSeconds >= 0 && failure.durationSeconds < 10);
  assert.match(text, /^HTTP\/1\.1 400 [^]*connection: close[^]*this port speaks TLS: use https/);
});

test('bytes that are no TLS are closed without an answer', async (way) => {
  const { failure, text } = await failureOf(way, Buffer.alloc(64, 0x99));
  assert.equal(failure.reason, 'handshake_not_tls');
  assert.doesNotMatch(text, /HTTP/);
});

test('a client that knows only TLS 1.1 fails by protocol', async (way) => {
  const { failure } = await failureOf(way, clientHello({ version: 0x0302 }));
  assert.equal(failure.reason, 'handshake_protocol');
  assert.match(failure.detail, /^ERR_SSL_UNSUPPORTED_PROTOCOL: unsupported protocol$/);
});

test('a TLS 1.2 client of a listener for TLS 1.3 fails by protocol', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, { tlsMinVersion: 'TLSv1.3' });
  await assert.rejects(connect(t, running, { maxVersion: 'TLSv1.2' }));
  const failure = await running.event('handshake_failed');
  assert.equal(failure.reason, 'handshake_protocol');
});

test('a record that breaks the handshake fails by protocol', async (way) => {
  const { failure } = await failureOf(way, tlsRecord(22, 0x0303, Buffer.alloc(64, 0xff)));
  assert.equal(failure.reason, 'handshake_protocol');
});

test('a certificate that OpenSSL cannot read is told as such', async ({ t, startListener }) => {
  const running = await startListener(t);
  const valid = Buffer.from((await selfSigned()).certificate);
  const damaged = [
    randomBytes(200),
    valid.subarray(0, valid.length - 1),
    Buffer.concat([valid, Buffer.from([0])]),
    // The tag of the first element: no TBSCertificate any more.
    Buffer.concat([valid.subarray(0, 4), Buffer.from([0x04]), valid.subarray(5)]),
  ];
  for (const certificate of damaged) {
    const client = await connectPlain(t, running);
    client.socket.write(clientHello());
    await client.receive(SERVER_HELLO_DONE);
    client.socket.write(certificateMessage(certificate));
    await client.closed();
  }
  await running.handshakesEnded(damaged.length);
  const reasons = running.events.map((event) => 'reason' in event && event.reason);
  assert.deepEqual(
    reasons,
    damaged.map(() => 'handshake_certificate_unreadable'),
  );
  assert.equal(running.secured.length, 0);
});

test('a client that refuses our certificate fails by protocol, with its alert as detail', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t);
  const client = await connectPlain(t, running);
  client.socket.write(clientHello());
  await client.receive(SERVER_HELLO_DONE);
  const unknownCa = tlsRecord(21, 0x0303, Buffer.from([2, 48]));
  client.socket.write(unknownCa);
  await client.closed();
  const failure = await running.event('handshake_failed');
  assert.equal(failure.reason, 'handshake_protocol');
  assert.match(failure.detail, /unknown ca$/);
});

test('a client that leaves in the middle is told as a reset', async ({
  t,
  startListener,
  client: address,
}) => {
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const running = await startListener(t);
    const client = await connectPlain(t, running);
    client.socket.write(clientHello());
    await client.receive(SERVER_HELLO_DONE);
    client.socket[leave]();
    const failure = await running.event('handshake_failed');
    assert.equal(failure.reason, 'handshake_reset');
    assert.equal(failure.peerAddress, address);
    await client.closed();
    assert.equal(running.events.length, 1);
  }
});

test('a client that says nothing, or too little too slowly, is cut at the handshake limit', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, { limits: { handshake_timeout: 200 } });
  const silent = await connectPlain(t, running);
  const stalled = await connectPlain(t, running);
  stalled.socket.write(clientHello());
  // A byte now and then must not win time.
  const slow = await connectPlain(t, running);
  const hello = clientHello();
  let sent = 0;
  const drip = setInterval(() => slow.socket.write(hello.subarray(sent, ++sent)), 20);
  t.after(() => clearInterval(drip));
  await Promise.all([silent.closed(), stalled.closed(), slow.closed()]);
  await running.handshakesEnded(3);
  assert.ok(sent < hello.length, 'the slow client was cut before it had sent its hello');
  assert.deepEqual(
    running.events.map((event) => 'reason' in event && event.reason),
    ['handshake_timeout', 'handshake_timeout', 'handshake_timeout'],
  );
});

test('hundreds of broken connections leave one event each and a listener that serves', async ({
  t,
  startListener,
}) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'alive') });
  const count = 300;
  const attack = async (index: number): Promise<void> => {
    const client = await connectPlain(t, running);
    const hello = clientHello({ serverName: String.fromCharCode(index % 256).repeat(index % 250) });
    switch (index % 6) {
      case 0:
        client.socket.write(randomBytes(200));
        break;
      case 1:
        client.socket.end(tlsRecord(22, 0x0301, randomBytes(100)));
        break;
      case 2:
        client.socket.write(hello);
        client.socket.resetAndDestroy();
        break;
      case 3:
        client.socket.end(hello.subarray(0, index % hello.length));
        break;
      case 4:
        client.socket.write('POST /oauth2/token HTTP/1.1\r\n\r\n');
        break;
      default:
        client.socket.end(Buffer.concat([hello, certificateMessage(randomBytes(50))]));
    }
    client.socket.end();
    await client.closed();
  };
  for (let index = 0; index < count; index += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, offset) => attack(index + offset)));
  }
  await running.handshakesEnded(count);
  assert.equal(running.events.length, count);
  assert.ok(running.events.every(endsHandshake));
  const details = running.events.map((event) => ('detail' in event ? event.detail : ''));
  assert.ok(details.every((detail) => detail.length < 300 && /^[\x20-\x7e]+$/.test(detail)));
  const request = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
  assert.match(await exchangeBytes(t, running, request), /alive$/);
  while (running.listener.connections() > 0) await nextTurn();
});
