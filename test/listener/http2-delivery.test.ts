import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import type { Answer, Delivery } from '../../src/http/exchange.ts';
import { CODE, FRAME, frame, headers, request, rstStream } from '../support/http2-frames.ts';
import type { FrameClient } from '../support/http2-frames.ts';
import { http2Exchange } from '../support/http2-client.ts';
import { frameClient, http2Client } from './http2-clients.ts';
import { startListener } from './running-listener.ts';

/** A listener that reads each request whole before it answers, and what became of its answer. */
async function answering(t: TestContext, body: () => NonNullable<Answer['body']>) {
  const delivery = Promise.withResolvers<Delivery>();
  const running = await startListener(t, {
    handle: async (exchange) => {
      await exchange.body.toArray();
      delivery.resolve(await exchange.respond({ status: 200, headers: [], body: body() }));
    },
  });
  return { ...running, delivery: delivery.promise };
}

for (const [kind, body] of [
  ['bytes', () => Buffer.from('hello')],
  ['a stream', () => Readable.from([Buffer.from('hel'), Buffer.from('lo')])],
] as const) {
  test(`an answer of ${kind} is delivered when the stream closes with its last octet`, async (t) => {
    const running = await answering(t, body);
    const session = http2Client(t, running);
    const answer = await http2Exchange(session, { method: 'POST', path: '/', body: 'form' });
    session.destroy();
    assert.equal(answer.text, 'hello');
    assert.deepEqual(await running.delivery, { outcome: 'sent', bytes: 5 });
  });
}

for (const [how, leave] of [
  ['takes its request back', (client) => client.send(rstStream(1, CODE.cancel))],
  ['cuts the connection', (client) => void client.socket.destroy()],
] as readonly (readonly [string, (client: FrameClient) => void])[]) {
  test(`a client that ${how} in the middle of an answer was not delivered it`, async (t) => {
    const running = await answering(t, () => Buffer.alloc(1_000_000));
    const client = await frameClient(t, running);
    client.send(
      headers(1, request([], { method: 'POST' }), 0),
      frame(FRAME.data, 1, 1, Buffer.from('form')),
    );
    await client.frame(({ type }) => type === FRAME.data);
    leave(client);
    assert.equal((await running.delivery).outcome, 'client_gone');
  });
}
