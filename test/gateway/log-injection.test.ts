import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

import { basic, postForm } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway, TEST_CLIENTS } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

/** Ends a line, forges a record, clears a terminal, turns the reading direction, takes all room. */
const HOSTILE: readonly string[] = [
  'a\nb',
  'x\r\n{"level":"info","msg":"request","decision":"allowed","client_id":"admin"}\r\n',
  '","decision":"allowed","x":"',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u009b31m\u0085\u2028',
  '\u202egnp.exe',
  '\u0000\u0008\u007f',
  '%0a%1b[2J',
  'y'.repeat(65_536),
];

/** All that could end a line, move a cursor, hide text or turn its direction; not the line feed. */
const HARMFUL =
  // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** Octets on a connection of their own, whatever becomes of them. */
async function send({ port, ca }: GatewayFixture, bytes: string, tls: ConnectionOptions = {}) {
  const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost', ...tls });
  socket.on('error', () => {});
  socket.end(Buffer.from(bytes, 'latin1'));
  await text(socket).catch(() => '');
}

/** In the spelling of HTTP: what can't stand in a field or a target is told by its octets. */
async function sendHostile(gateway: GatewayFixture, word: string): Promise<void> {
  const octets = Buffer.from(word).toString('latin1');
  const end = 'Connection: close\r\n\r\n';
  for (const head of [
    `GET /${octets} HTTP/1.1\r\nHost: localhost\r\n${end}`,
    `GET /${encodeURIComponent(word.slice(0, 4_096).toWellFormed())} HTTP/1.1\r\nHost: localhost\r\n${end}`,
    `${octets} / HTTP/1.1\r\nHost: localhost\r\n${end}`,
    `GET / HTTP/1.1\r\nHost: ${octets}\r\n${end}`,
    `GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${octets}\r\nX-Request-Id: ${octets}\r\n${end}`,
    `GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${octets}\r\nClient-Cert: ${octets}\r\n${end}`,
    `GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: ${octets}\r\nExpect: ${octets}\r\n${end}`,
    `GET / ${octets}\r\n\r\n`,
  ]) {
    await send(gateway, head);
  }
  const short = word.slice(0, 200);
  await send(gateway, '', { ALPNProtocols: [short.slice(0, 60)] });
  // Names that Node itself refuses to send are no attack by it.
  await send(gateway, '', { servername: `${short.replaceAll('\u0000', '')}.example` });
  const path = '/oauth2/token';
  const hostileForm = { grant_type: word, client_id: word, scope: word, client_assertion: word };
  await postForm({ ...gateway, ...gateway.stranger, path, form: hostileForm });
  await postForm({
    ...gateway,
    path,
    form: { grant_type: word },
    headers: [basic(word.slice(0, 4_096), word.slice(0, 4_096))],
  });
  const subject = [[{ type: '2.5.4.3', value: short, encoding: 'utf8String' as const }]];
  const san = { dns: [short], uri: [short], email: [short] };
  for (const client of [
    await selfSigned({ subject, san }),
    await (await createAuthority({ name: short })).issue({ subject, san, eku: ['clientAuth'] }),
  ]) {
    for (const clientId of ['pki', 'self-signed', short]) {
      const form = { grant_type: 'client_credentials', client_id: clientId };
      await postForm({ ...gateway, ...client, path, form });
    }
  }
}

test('T71: what a client sends reaches the log as one bounded line for each event, and as no other', async (t) => {
  const upstream = await startRecordingUpstream((request, response) => {
    // An answer that repeats what it was sent, as servers do in error descriptions.
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: 'invalid_request', error_description: request.body }));
  });
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}', kind: native}}\nlog: {level: debug}\n${TEST_CLIENTS}`,
  });
  t.after(() => gateway.close());
  const before = gateway.log().length;
  for (const word of HOSTILE) await sendHostile(gateway, word);
  const last = await postForm({ ...gateway, path: '/oauth2/token', form: { client_id: 'last' } });
  await gateway.logged(({ request_id: id }) => id === last.headers['x-request-id']);

  const written = gateway.logText().split('\n').slice(0, -1);
  const lines = gateway.log();
  assert.equal(written.length, lines.length, 'each line is one record');
  assert.ok(lines.length - before > 15 * HOSTILE.length, `${lines.length - before} lines`);
  for (const line of written) {
    assert.ok(Buffer.byteLength(line) < 4_096, line);
    assert.doesNotMatch(line, HARMFUL);
    assert.ok(line.startsWith('{"level":"') && line.endsWith('"}'), line);
  }
  assert.match(gateway.logText(), /\\u001b\[2J/, 'it does get there, escaped');
  assert.match(gateway.logText(), /\\u202e/);
  const known = new Set([
    'request',
    'handshake',
    'handshake failed',
    'connection refused',
    'listening',
  ]);
  for (const { msg, request_id: id, client_id: client } of lines) {
    assert.ok(known.has(String(msg)), String(msg));
    assert.ok(msg !== 'request' || /^[0-9a-f]{32}$/.test(String(id)), String(id));
    assert.notEqual(client, 'admin');
  }
  const ids = lines.filter(({ msg }) => msg === 'request').map(({ request_id: id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'each request is told once');
});
