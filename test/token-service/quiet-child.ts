/**
 * A program that starts the token service, sends it good and bad requests and stops it. It prints
 * nothing by itself: what reaches its output was printed by someone else.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { createMemoryStore } from '../../src/store/memory.ts';
import { createTokenService } from '../../src/token-service/token-service.ts';
import { KEY_POLICY, usualLimits } from './running-service.ts';

const consoleBefore = { ...console };
const told: string[] = [];
const store = createMemoryStore({ maxRecords: 1_000 });
const service = await createTokenService({
  issuer: 'https://login.test',
  clients: [
    {
      clientId: 'one',
      method: 'client_secret_post',
      secret: 'secret',
      binding: 'off',
      grantTypes: ['client_credentials'],
    },
  ],
  introspectionCallers: [],
  accessTokenLifetimeMs: 60_000,
  signingKeys: KEY_POLICY,
  strangers: usualLimits(),
  store,
  log: (level, line, fields) => void told.push(JSON.stringify([level, line, fields])),
});

const CREDENTIALS = 'client_id=one&client_secret=secret';
const answer = await post('/oauth2/token', `${CREDENTIALS}&grant_type=client_credentials`);
const [, token] = /"access_token":"([^"]+)"/.exec(answer) ?? [];
assert.ok(token !== undefined, answer);
assert.match(await post('/oauth2/introspect', `${CREDENTIALS}&token=${token}`), /"active":true/);
assert.match(await post('/oauth2/revoke', `${CREDENTIALS}&token=${token}`), / 200 /);
assert.match(await post('/oauth2/token', 'client_id=one&client_secret=no'), /invalid_client/);
assert.match(await post('/oauth2/token', '', 'text/html'), /invalid_request/);
assert.match(await post('/oauth2/authorize', ''), / 404 /);
assert.match(await send('GET /.well-known/openid-configuration HTTP/1.1'), /"issuer"/);
await leave('POST /oauth2/token HTTP/1.1', 'content-length: 100');
await store.close();
assert.match(await post('/oauth2/introspect', `${CREDENTIALS}&token=x`), / 503 /);
await service.close();

assert.deepEqual({ ...console }, consoleBefore);
assert.ok(told.some((line) => line.includes('Unsupported runtime')));
assert.ok(told.some((line) => line.includes('invalid secret provided')));

function post(path: string, body: string, accept = '*/*'): Promise<string> {
  const fields = [`content-length: ${body.length}`, `accept: ${accept}`];
  return send(`POST ${path} HTTP/1.1`, fields, body);
}

async function send(
  requestLine: string,
  fields: readonly string[] = [],
  body = '',
): Promise<string> {
  const socket = connect(service.socketPath);
  socket.end(head(requestLine, ...fields) + body);
  return text(socket);
}

/** A client that goes away in the middle of its request. */
async function leave(requestLine: string, ...fields: readonly string[]): Promise<void> {
  const socket = connect(service.socketPath);
  socket.write(head(requestLine, ...fields), () => socket.destroy());
  await once(socket, 'close');
}

function head(requestLine: string, ...fields: readonly string[]): string {
  const type = 'content-type: application/x-www-form-urlencoded';
  return [requestLine, 'host: x', 'connection: close', type, ...fields, '', ''].join('\r\n');
}
