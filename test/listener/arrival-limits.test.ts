import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TcpSocketConnectOpts } from 'node:net';
import { test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';

import { createOverload } from '../../src/limits/overload.ts';
import type { Pressure } from '../../src/limits/overload.ts';
import { answerText, connect, connectPlain, startListener } from './running-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LOOPBACK = [{ address: '127.0.0.1', prefix: 32 }];

function headerFrom(client: string): Buffer {
  return Buffer.from(`PROXY TCP4 ${client} 10.0.0.1 1 2\r\n`);
}

test('an address has so many connections and no more; one that is closed makes room', async (t) => {
  const running = await startListener(t, { limits: { max_connections_per_address: 2 } });
  const first = await connect(t, running);
  await connect(t, running);
  const third = await connectPlain(t, running);
  assert.equal(await third.closed(), '');
  const event = await running.event('connection_refused');
  assert.deepEqual(
    [event.reason, event.peerAddress, event.socketAddress],
    ['connections_exceeded', '127.0.0.1', '127.0.0.1'],
  );
  const fromElsewhere: ConnectionOptions & TcpSocketConnectOpts = {
    port: running.port,
    localAddress: '127.0.0.2',
  };
  await connect(t, running, fromElsewhere);
  first.socket.destroy();
  // Until the listener has heard of the end.
  for (;;) {
    const socket = await connect(t, running).catch(() => undefined);
    if (socket !== undefined) break;
  }
});

test('an address begins so many handshakes in a time, finished or not', async (t) => {
  const rate = { burst: 2, perSecond: 1 / 3_600 };
  const running = await startListener(t, { limits: { max_handshakes_per_address: rate } });
  const first = await connect(t, running);
  const stalled = await connectPlain(t, running);
  first.socket.destroy();
  assert.equal(await (await connectPlain(t, running)).closed(), '');
  const event = await running.event('connection_refused');
  assert.equal(event.reason, 'handshakes_exceeded');
  assert.equal(stalled.socket.closed, false);
});

test('exempt addresses, and load balancers in front, have no limit of their own', async (t) => {
  const limits = { max_connections_per_address: 1 };
  for (const options of [
    { limits: { ...limits, exempt_addresses: LOOPBACK } },
    { limits, balancers: LOOPBACK },
  ]) {
    const running = await startListener(t, options);
    await connect(t, running);
    await connect(t, running);
    assert.deepEqual(running.events, []);
  }
});

test('with the PROXY protocol the told address counts, and health checks do not', async (t) => {
  const running = await startListener(t, {
    limits: { max_connections_per_address: 1 },
    proxyProtocol: { peers: LOOPBACK, header_timeout: 5_000 },
  });
  const from = (preamble: Buffer) => connect(t, { ...running, preamble });
  await from(headerFrom('192.0.2.1'));
  await from(headerFrom('192.0.2.2'));
  await from(Buffer.from('PROXY UNKNOWN\r\n'));
  await from(Buffer.from('PROXY UNKNOWN\r\n'));
  assert.deepEqual(running.events, []);
  const preamble = headerFrom('192.0.2.1');
  assert.equal(await (await connectPlain(t, { ...running, preamble })).closed(), '');
  const event = await running.event('connection_refused');
  assert.deepEqual([event.reason, event.peerAddress], ['connections_exceeded', '192.0.2.1']);
  // A client whose told address is that of the balancer is no balancer.
  const own = headerFrom('127.0.0.9');
  await from(own);
  assert.equal(await (await connectPlain(t, { ...running, preamble: own })).closed(), '');
});

test('F28: while memory is short what is open is served on, and nobody is added until it is over', async (t) => {
  let pressure: Pressure = { loopDelayMs: 0, memory: 0.1, resident: 0.1 };
  const overload = createOverload(
    { maxRequests: 1_000, maxLoopDelayMs: 500, maxMemory: 0.85, maxConnections: 1_000 },
    { measure: () => pressure, onChange: () => {} },
  );
  const running = await startListener(t, {
    overload,
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const clients = await Promise.all(Array.from({ length: 64 }, () => connect(t, running)));
  pressure = { loopDelayMs: 0, memory: 0.1, resident: 0.95 };
  overload.sample();
  assert.equal(await (await connectPlain(t, running)).closed(), '');
  assert.equal((await running.event('connection_refused')).reason, 'overloaded');
  const [client] = clients;
  client?.socket.write(GET);
  await client?.receive(/ok$/);
  pressure = { loopDelayMs: 0, memory: 0.1, resident: 0.1 };
  for (let sample = 0; sample < 10; sample += 1) overload.sample();
  const late = await connect(t, running);
  late.socket.write(GET);
  await late.receive(/ok$/);
  late.socket.destroy();
  await once(late.socket, 'close');
});
