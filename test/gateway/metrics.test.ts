import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

import { StoreError } from '../../src/errors.ts';
import { observedStore } from '../../src/server/observed-store.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { postForm } from '../support/https-client.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { sample } from '../telemetry/records.ts';

/** One request in plain bytes; resolves when the connection is over, however it ended. */
async function send({ port, ca }: GatewayFixture, head: string, tls: ConnectionOptions = {}) {
  const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost', ...tls });
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  socket.on('error', () => {});
  socket.end(head);
  await text(socket).catch(() => '');
  await closed;
}

/** Everything that a client can choose, with the same text in every place. */
async function sendHostile(gateway: GatewayFixture, word: string): Promise<void> {
  const host = 'Host: localhost';
  const end = 'Connection: close\r\n\r\n';
  const get = `GET / HTTP/1.1\r\n${host}\r\n${end}`;
  await send(gateway, get, { ALPNProtocols: [word] });
  await send(gateway, get, { ALPNProtocols: [word, 'http/1.1'] });
  await send(gateway, get, { servername: `${word}.example` });
  await send(gateway, `${word.toUpperCase()} / HTTP/1.1\r\n${host}\r\n${end}`);
  await send(gateway, `GET /${word} HTTP/1.1\r\n${host}\r\nUser-Agent: ${word}\r\n${end}`);
  await send(gateway, `GET / HTTP/1.1\r\nHost: ${word}.example\r\n${end}`);
  await send(gateway, `GET / HTTP/1.1\r\nUpgrade: ${word}\r\n${host}\r\n${end}`);
  await postForm({
    ...gateway,
    ...gateway.stranger,
    path: '/oauth2/token',
    form: { grant_type: word, client_id: word, scope: word },
  });
}

/** Names and labels of all series; those of Node's own timers and sockets come and go. */
async function seriesOf(gateway: GatewayFixture): Promise<readonly string[]> {
  return (await gateway.metrics())
    .split('\n')
    .filter((line) => line.startsWith('certbound_'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .toSorted();
}

test('T72: names, methods, hosts, paths and client_ids of clients make no new series', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  await sendHostile(gateway, 'first');
  const before = await seriesOf(gateway);
  for (let number = 0; number < 25; number += 1) await sendHostile(gateway, `x${number}y`);
  assert.deepEqual(await seriesOf(gateway), before);
  assert.ok(before.length < 2_000, `${before.length} series`);
});

test('the store, the certificates and the grant of a token request are measured', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const { status } = await postForm({ ...gateway, ...gateway.client, path: '/oauth2/token', form });
  assert.equal(status, 200);
  await gateway.logged(({ route }) => route === 'token');
  const body = await gateway.metrics();
  const tokens = 'certbound_token_requests_total{grant_type="client_credentials",outcome="issued"}';
  assert.equal(sample(body, tokens), 1);
  const puts = sample(body, 'certbound_store_operations_total{operation="put",result="ok"}');
  assert.ok(puts !== undefined && puts > 0);
  for (const labels of [
    'role="server",listener="public"',
    'role="client_ca",listener="public"',
    'role="client",listener=""',
  ]) {
    const name = `certbound_certificate_not_after_timestamp_seconds{${labels}}`;
    assert.ok((sample(body, name) ?? 0) > Date.now() / 1_000, labels);
  }
});

test('operations of a store are told of when they have settled, as what came of them', async () => {
  const told: string[] = [];
  const store = observedStore(createMemoryStore({ maxRecords: 1 }), (operation, result) =>
    told.push(`${operation} ${result}`),
  );
  const expiresAt = Math.floor(Date.now() / 1_000) + 60;
  await store.put('bindings', 'one', 'value', { expiresAt });
  assert.equal((await store.get('bindings', 'one'))?.value, 'value');
  await assert.rejects(store.put('bindings', 'two', 'value', { expiresAt }), StoreError);
  assert.deepEqual(told, ['put ok', 'get ok', 'put failed']);
});
