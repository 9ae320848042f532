import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectForKeyUpdates } from './key-update-client.ts';
import { answerText, connect, startListener } from './running-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('T63: a client that changes its keys without end is cut, and others are served', async (t) => {
  const running = await startListener(t, { handle: (exchange) => answerText(exchange, 'ok') });
  const flooding = await connectForKeyUpdates(t, running);
  flooding.socket.write(flooding.records(100_000));
  await flooding.closed();
  const refused = await running.event('connection_refused');
  assert.equal(refused.reason, 'connection_key_updates');
  assert.equal(refused.peerAddress, '127.0.0.1');
  assert.equal(running.events.length, 1);
  const good = await connect(t, running);
  good.socket.write(GET);
  await good.receive(/ok$/);
});

test('T63: a slow flood is counted over the whole life of a connection', async (t) => {
  const running = await startListener(t);
  const client = await connectForKeyUpdates(t, running);
  for (let sent = 0; sent < 64; sent += 16) {
    client.socket.write(client.records(16));
    // A handshake takes turns of the event loop, in which the records are read.
    await connect(t, running);
    await running.handshakesEnded(2 + sent / 16);
  }
  assert.deepEqual(running.events, []);
  client.socket.write(client.records(1));
  await client.closed();
  const refused = await running.event('connection_refused');
  assert.equal(refused.reason, 'connection_key_updates');
});

test('T63: a client that renegotiates again and again is cut at the first time', async (t) => {
  const running = await startListener(t);
  const only = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { socket, closed } = await connect(t, running, only);
    socket.renegotiate({ rejectUnauthorized: true }, () => {});
    await closed();
  }
  await running.handshakesEnded(20);
  assert.equal(running.secured.length, 20);
});
