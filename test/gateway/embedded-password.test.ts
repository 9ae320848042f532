import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { basic, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway, TEST_CLIENTS } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const CONFIG = `
token_service:
  embedded:
    issuer: https://localhost:9443
    introspection_callers: [resource-server]
    users_file: users
    password_grant: true
${TEST_CLIENTS}
  - client_id: app
    token_endpoint_auth_method: certificate_and_secret
    certificates: [client.pem]
    client_secret: secret
    grant_types: [password, refresh_token, client_credentials]
`;

function askToken(
  { port, ca }: GatewayFixture,
  form: Readonly<Record<string, string>>,
  certificate?: Issued,
): Promise<ClientAnswer> {
  const client = { client_id: 'app', client_secret: 'secret' };
  return postForm({
    port,
    ca,
    path: '/oauth2/token',
    form: { ...client, ...form },
    ...certificate,
  });
}

async function introspected(
  { port, ca }: GatewayFixture,
  token: unknown,
): Promise<Record<string, unknown>> {
  const headers = [basic('resource-server', 'rs-secret')];
  const form = { token: String(token) };
  return (await postForm({ port, ca, path: '/oauth2/introspect', headers, form })).json();
}

async function confirmation(gateway: GatewayFixture, token: unknown): Promise<unknown> {
  return (await introspected(gateway, token))['cnf'];
}

test('introspection tells the name of the user, and none for a token of the client alone', async (t) => {
  const users = `admin:${formatPasswordHash(await hashPassword('admin'))}\n`;
  const gateway = await startGateway({ yaml: CONFIG, files: { users } });
  t.after(() => gateway.close());
  const login = { grant_type: 'password', username: 'admin', password: 'admin' };
  const ofUser = (await askToken(gateway, login, gateway.client)).json()['access_token'];
  const told = await introspected(gateway, ofUser);
  assert.deepEqual([told['active'], told['sub'], told['username']], [true, 'admin', 'admin']);
  const own = { grant_type: 'client_credentials' };
  const ofClient = (await askToken(gateway, own, gateway.client)).json()['access_token'];
  const { active, ...rest } = await introspected(gateway, ofClient);
  assert.equal(active, true);
  assert.ok(!('username' in rest));
});

test('a user logs in through a client with certificate and secret, and stays logged in', async (t) => {
  const users = `admin:${formatPasswordHash(await hashPassword('admin'))}\n`;
  const gateway = await startGateway({ yaml: CONFIG, files: { users } });
  t.after(() => gateway.close());
  const login = { grant_type: 'password', username: 'admin', password: 'admin' };
  const answer = await askToken(gateway, login, gateway.client);
  assert.equal(answer.status, 200, answer.text);
  const token = answer.json();
  assert.deepEqual([token['token_type'], token['expires_in']], ['Bearer', 3_600]);
  const bound = { 'x5t#S256': gateway.client.thumbprint };
  assert.deepEqual(await confirmation(gateway, token['access_token']), bound);

  const form = { grant_type: 'refresh_token', refresh_token: String(token['refresh_token']) };
  const refreshed = await askToken(gateway, form, gateway.client);
  assert.equal(refreshed.status, 200, refreshed.text);
  assert.deepEqual(await confirmation(gateway, refreshed.json()['access_token']), bound);

  assert.equal((await askToken(gateway, login)).status, 401, 'without the certificate');
  const wrong = await askToken(gateway, { ...login, password: 'no-such-word' }, gateway.client);
  assert.deepEqual([wrong.status, wrong.json()['error']], [400, 'invalid_grant']);
  await gateway.logged((line) => line['reason'] === 'user_password_mismatch');
  assert.doesNotMatch(JSON.stringify(gateway.log()), /no-such-word/);
});

test('a reload changes users at once, keeps their tokens, and lets off nobody who guesses', async (t) => {
  const hash = formatPasswordHash(await hashPassword('admin'));
  const gateway = await startGateway({ yaml: CONFIG, files: { users: `admin:${hash}\n` } });
  t.after(() => gateway.close());
  const login = { grant_type: 'password', username: 'admin', password: 'admin' };
  const before = await askToken(gateway, login, gateway.client);
  assert.equal(before.status, 200);
  for (let failures = 0; failures < 12; failures += 1) {
    await askToken(gateway, { ...login, password: 'wrong', username: 'other' }, gateway.client);
  }
  await gateway.write('users', `admin:${hash}\nother:${hash}\n`);
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  const from = gateway.log().length;
  // The wait may be over by now. The next wrong one makes it longer, where the others still count.
  await askToken(gateway, { ...login, password: 'wrong', username: 'other' }, gateway.client);
  const guessed = await askToken(gateway, { ...login, username: 'other' }, gateway.client);
  assert.equal(guessed.status, 400);
  await gateway.logged(({ reason }) => reason === 'user_attempts_exceeded', from);
  const form = {
    grant_type: 'refresh_token',
    refresh_token: String(before.json()['refresh_token']),
  };
  assert.equal((await askToken(gateway, form, gateway.client)).status, 200);
});
