/** The device flow, from the code on a screen to its tokens. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createPollingPace } from '../../src/token-service/people/polling-pace.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import type { Visitor } from './page-visitor.ts';
import { askToken, DEVICE_GRANT, startPeople, USER } from './people-gateway.ts';

interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly interval: number;
}

async function begin(
  { port, ca }: GatewayFixture,
  clientId: string,
  certificate?: Issued,
): Promise<Begun> {
  const path = '/oauth2/device_authorization';
  const form = { client_id: clientId, scope: 'openid' };
  const answer = await postForm({ port, ca, path, form, ...certificate });
  assert.equal(answer.status, 200, answer.text);
  return answer.json() as unknown as Begun;
}

/** Enters the code, logs in, allows. */
async function letIn(visitor: Visitor, { user_code: code }: Begun) {
  const entry = await visitor.open('/oauth2/device');
  const confirm = await visitor.submit(entry, { user_code: code.toLowerCase() });
  const login = await visitor.submit(confirm, { confirm: 'yes' });
  const consent = await visitor.submit(login, { ...USER, answer: 'login' });
  return { entry, confirm, consent, done: await visitor.submit(consent, { answer: 'allow' }) };
}

function poll(
  gateway: GatewayFixture,
  { device_code: code }: Begun,
  clientId: string,
  certificate?: Issued,
) {
  const form = { grant_type: DEVICE_GRANT, client_id: clientId, device_code: code };
  return askToken(gateway, form, certificate);
}

test('somebody enters the code of a device, which then has tokens bound to its certificate', async (t) => {
  const gateway = await startPeople(t);
  const begun = await begin(gateway, 'television', gateway.stranger);
  assert.equal(begun.verification_uri, `${ISSUER}/oauth2/device`);
  assert.match(begun.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  assert.equal(begun.interval, 5);
  const waiting = await poll(gateway, begun, 'television', gateway.stranger);
  assert.deepEqual([waiting.status, waiting.json()['error']], [400, 'authorization_pending']);

  const { entry, confirm, consent, done } = await letIn(createVisitor(gateway), begun);
  assert.match(entry.answer.text, /<label for="user_code">Code<\/label>/);
  assert.match(confirm.answer.text, /<h1>Connect Acme TV\?<\/h1>/);
  assert.ok(confirm.answer.text.includes(`id="shown-code">${begun.user_code}</p>`));
  assert.match(consent.answer.text, /<h1>Allow Acme TV\?<\/h1>/);
  assert.match(done.answer.text, /<h1>Your device is connected<\/h1>/);
  for (const { answer } of [entry, confirm, done]) {
    assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'/);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }

  const token = await poll(gateway, begun, 'television', gateway.stranger);
  assert.equal(token.status, 200, token.text);
  const { port, ca } = gateway;
  const seen = await postForm({
    port,
    ca,
    path: '/oauth2/introspect',
    headers: [basic('resource-server', 'rs-secret')],
    form: { token: String(token.json()['access_token']) },
  });
  const { cnf, sub } = seen.json();
  assert.deepEqual([cnf, sub], [{ 'x5t#S256': gateway.stranger.thumbprint }, 'alice']);
  const again = await poll(gateway, begun, 'television', gateway.stranger);
  assert.deepEqual([again.status, again.json()['error']], [400, 'invalid_grant']);
});

test('T33: a device code that a public client got with a certificate is no good with another', async (t) => {
  const gateway = await startPeople(t);
  for (const thief of [gateway.client, undefined]) {
    // oxlint-disable-next-line no-await-in-loop -- each with a code of its own
    const begun = await begin(gateway, 'television', gateway.stranger);
    // oxlint-disable-next-line no-await-in-loop -- each with a code of its own
    await letIn(createVisitor(gateway), begun);
    // oxlint-disable-next-line no-await-in-loop -- each with a code of its own
    const stolen = await poll(gateway, begun, 'television', thief);
    assert.deepEqual([stolen.status, stolen.json()['error']], [400, 'invalid_grant']);
  }
});

test('T33: a device code belongs to the client that got it', async (t) => {
  const gateway = await startPeople(t);
  const begun = await begin(gateway, 'meter', gateway.pkiClient);
  await letIn(createVisitor(gateway), begun);
  const other = await poll(gateway, begun, 'television', gateway.pkiClient);
  assert.deepEqual([other.status, other.json()['error']], [400, 'invalid_grant']);
  const unproven = await poll(gateway, begun, 'meter', gateway.stranger);
  assert.deepEqual([unproven.status, unproven.json()['error']], [401, 'invalid_client']);
  const own = await poll(gateway, begun, 'meter', gateway.pkiClient);
  assert.equal(own.status, 200, own.text);

  const { port, ca } = gateway;
  const path = '/oauth2/device_authorization';
  const refused = await postForm({ port, ca, path, form: { client_id: 'meter' } });
  assert.deepEqual([refused.status, refused.json()['error']], [401, 'invalid_client']);
});

test('who says no, or has no code, is told so, and the device is told no', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const entry = await visitor.open('/oauth2/device');
  const wrong = await visitor.submit(entry, { user_code: 'BBBB"<B>' });
  assert.equal(wrong.answer.status, 400);
  assert.match(wrong.answer.text, /role="alert"><p>There is no such code/);
  assert.match(wrong.answer.text, /value="BBBB&quot;&lt;B&gt;"/);
  const none = await visitor.submit(wrong, { user_code: '' });
  assert.match(none.answer.text, /role="alert"><p>Enter the code/);

  const begun = await begin(gateway, 'television');
  const confirm = await visitor.submit(none, { user_code: begun.user_code });
  const foreign = await visitor.submit(confirm, { confirm: 'yes' }, { headers: [] });
  assert.equal(foreign.answer.status, 403);
  const refused = await visitor.submit(confirm, { abort: 'yes' });
  assert.match(refused.answer.text, /<h1>The device is not connected<\/h1>/);
  const told = await poll(gateway, begun, 'television');
  assert.deepEqual([told.status, told.json()['error']], [400, 'access_denied']);
  const used = await visitor.submit(await visitor.open('/oauth2/device'), {
    user_code: begun.user_code,
  });
  assert.match(used.answer.text, /role="alert"><p>This code was used already/);

  const next = await begin(gateway, 'television');
  const link = await visitor.open(next.verification_uri_complete);
  const login = await visitor.submit(await visitor.submit(link, {}), { confirm: 'yes' });
  const cancelled = await visitor.submit(login, { answer: 'cancel' });
  assert.match(cancelled.answer.text, /<h1>The device is not connected<\/h1>/);
  assert.equal((await poll(gateway, next, 'television')).json()['error'], 'access_denied');
});

test('a device that asks too often is told to slow down', async (t) => {
  const gateway = await startPeople(t);
  const begun = await begin(gateway, 'television');
  const answers = await Promise.all(
    Array.from({ length: 3 }, () => poll(gateway, begun, 'television')),
  );
  const errors = answers.map((answer) => String(answer.json()['error'])).toSorted();
  assert.deepEqual(errors, ['authorization_pending', 'slow_down', 'slow_down']);
});

test('each early request of a device makes it wait longer, and another device not at all', () => {
  let now = 0;
  const pace = createPollingPace({ now: () => now });
  const after = (ms: number): boolean => {
    now += ms;
    return pace.isTooEarly('device');
  };
  assert.equal(after(0), false);
  assert.equal(after(5_000), false);
  assert.equal(after(1_000), true, 'from now on 10 seconds');
  assert.equal(after(5_000), true, 'from now on 15 seconds');
  assert.equal(pace.isTooEarly('another'), false);
  assert.equal(after(15_000), false);
});

test('the documents name what people make possible, and the aliases for clients', async (t) => {
  const { port, ca } = await startPeople(t);
  const path = '/.well-known/openid-configuration';
  const document = (await httpsRequest({ port, ca, path })).json();
  assert.equal(document['authorization_endpoint'], `${ISSUER}/oauth2/authorize`);
  assert.equal(document['device_authorization_endpoint'], `${ISSUER}/oauth2/device_authorization`);
  assert.equal(document['end_session_endpoint'], `${ISSUER}/oauth2/logout`);
  assert.equal(document['userinfo_endpoint'], `${ISSUER}/oauth2/userinfo`);
  assert.deepEqual(document['response_types_supported'], ['code']);
  assert.deepEqual(document['code_challenge_methods_supported'], ['S256']);
  assert.equal(document['authorization_response_iss_parameter_supported'], true);
  assert.deepEqual(document['scopes_supported'], [
    'openid',
    'profile',
    'offline_access',
    'accounts',
    'payments',
  ]);
  assert.ok((document['token_endpoint_auth_methods_supported'] as string[]).includes('none'));
  assert.deepEqual(document['mtls_endpoint_aliases'], {
    token_endpoint: `${ISSUER}/oauth2/token`,
    introspection_endpoint: `${ISSUER}/oauth2/introspect`,
    revocation_endpoint: `${ISSUER}/oauth2/revoke`,
    userinfo_endpoint: `${ISSUER}/oauth2/userinfo`,
    device_authorization_endpoint: `${ISSUER}/oauth2/device_authorization`,
    pushed_authorization_request_endpoint: `${ISSUER}/oauth2/par`,
  });
});
