import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { selfSigned } from '../support/pki.ts';
import { clientHello } from './client-hello.ts';
import { answerText, connect, connectPlain, startListener } from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function reasonsOf({ events }: RunningListener): readonly unknown[] {
  return events.map((event) => 'reason' in event && event.reason);
}

test('one handshake more than the limit ends the oldest, and says so', async (t) => {
  const running = await startListener(t, { limits: { max_pending_handshakes: 2 } });
  const first = await connectPlain(t, running);
  first.socket.write(clientHello());
  await first.receive(/\x0e\x00\x00\x00$/);
  const second = await connectPlain(t, running);
  await connect(t, running);
  await first.closed();
  const failure = await running.event('handshake_failed');
  assert.equal(failure.reason, 'handshake_displaced');
  assert.match(failure.detail, /more than 2 handshakes/);
  await running.handshakesEnded(2);
  assert.equal(running.events.length, 1);
  await connect(t, running);
  assert.equal(second.socket.closed, false);
});

test('T62: clients that stall in their handshake lock nobody out and are all cut', async (t) => {
  const named = [{ ...(await selfSigned()), names: ['b'], clientCertificate: 'want' as const }];
  const running = await startListener(t, {
    named,
    limits: { handshake_timeout: 4_000, max_pending_handshakes: 100 },
    handle: (exchange) => answerText(exchange, 'ok'),
  });
  const hello = clientHello();
  const stall = async (index: number): Promise<() => Promise<string>> => {
    const client = await connectPlain(t, running);
    // Some say nothing, some half of a ClientHello, most all of it.
    if (index % 4 > 0) client.socket.write(hello.subarray(0, index % 4 === 1 ? 40 : undefined));
    return client.closed;
  };
  const count = 1_000;
  const ends: (() => Promise<string>)[] = [];
  for (let index = 0; index < count; index += 50) {
    const batch = Array.from({ length: 50 }, (_, offset) => stall(index + offset));
    const good = await connect(t, running);
    good.socket.write(GET);
    await good.receive(/ok$/);
    good.socket.destroy();
    ends.push(...(await Promise.all(batch)));
  }
  await Promise.all(ends.map((closed) => closed()));
  await running.handshakesEnded(count + count / 50);
  const reasons = reasonsOf(running);
  assert.equal(reasons.length, count);
  assert.deepEqual(new Set(reasons), new Set(['handshake_displaced', 'handshake_timeout']));
  while (running.listener.connections() > 0) await nextTurn();
});
