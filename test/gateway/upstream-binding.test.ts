import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import { createAuthority } from '../support/pki.ts';
import { startPlainProvider } from '../support/plain-provider.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordingUpstream, Respond } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const CLIENTS = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: 'kept & by+the gateway'}
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    upstream: {client_secret: other, auth_method: client_secret_post}
`;

const GRANT = { grant_type: 'client_credentials' } as const;

/** A gateway before a real identity server without certificates. */
async function startBeforeProvider(t: TestContext): Promise<GatewayFixture> {
  const provider = await startPlainProvider({
    clients: [
      { clientId: 'self-signed', secret: 'kept & by+the gateway' },
      { clientId: 'resource-server', secret: 'rs-secret' },
    ],
  });
  t.after(() => provider.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${provider.url}'}}\n${CLIENTS}`,
  });
  t.after(() => gateway.close());
  return gateway;
}

async function startBefore(
  t: TestContext,
  respond: Respond,
  store = '',
): Promise<{ readonly gateway: GatewayFixture; readonly upstream: RecordingUpstream }> {
  const upstream = await startRecordingUpstream(respond);
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}'}}\n${CLIENTS}`,
    store,
  });
  t.after(() => gateway.close());
  return { gateway, upstream };
}

function introspect({ port, ca }: GatewayFixture, token: string) {
  const headers = [basic('resource-server', 'rs-secret')];
  return postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
}

function requestToken({ port, ca, client }: GatewayFixture) {
  const form = { ...GRANT, client_id: 'self-signed' };
  return postForm({ port, ca, path: '/oauth2/token', form, ...client });
}

/** Answers the token endpoint with these members and introspection with those. */
function answering(token: unknown, introspection = '{"active":true}'): Respond {
  return ({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(url === '/oauth2/token' ? JSON.stringify(token) : introspection);
  };
}

test('a server without certificates gets cnf from the gateway', async (t) => {
  const gateway = await startBeforeProvider(t);
  const answer = await requestToken(gateway);
  assert.equal(answer.status, 200, answer.text);
  const token = String(answer.json()['access_token']);
  assert.equal(answer.json()['expires_in'], 600);

  const introspection = await introspect(gateway, token);
  assert.equal(introspection.status, 200);
  const { active, client_id: clientId, cnf } = introspection.json();
  assert.deepEqual(
    { active, clientId, cnf },
    { active: true, clientId: 'self-signed', cnf: { 'x5t#S256': gateway.client.thumbprint } },
  );

  const form = { token, client_id: 'self-signed' };
  const { port, ca, client } = gateway;
  const revoked = await postForm({ port, ca, path: '/oauth2/revoke', form, ...client });
  assert.equal(revoked.status, 200, revoked.text);
  assert.deepEqual((await introspect(gateway, token)).json(), { active: false });
});

test('an https upstream is verified against its own CA and no other', async (t) => {
  const authority = await createAuthority({ name: 'Upstream CA' });
  const tls = await authority.issue({ subject: 'CN=upstream', san: { dns: ['localhost'] } });
  const provider = await startPlainProvider({
    tls,
    clients: [{ clientId: 'self-signed', secret: 'kept & by+the gateway' }],
  });
  t.after(() => provider.close());
  const start = (ca: string) =>
    startGateway({
      files: { 'upstream-ca.pem': authority.certificatePem },
      yaml: `token_service: {upstream: {url: '${provider.url}', ca: [${ca}]}}\n${CLIENTS}`,
    });
  const right = await start('upstream-ca.pem');
  t.after(() => right.close());
  assert.equal((await requestToken(right)).status, 200);
  const wrong = await start('ca.pem');
  t.after(() => wrong.close());
  const refused = await requestToken(wrong);
  assert.equal(refused.status, 502);
  assert.equal(refused.json()['error'], 'server_error');
});

test("the upstream gets the gateway's secret and nothing of the client's", async (t) => {
  const { gateway, upstream } = await startBefore(t, answering({ access_token: 'a' }));
  const { port, ca } = gateway;
  assert.equal((await requestToken(gateway)).status, 200);
  const first = upstream.requests.at(-1);
  assert.equal(
    first?.headers.authorization,
    `Basic ${Buffer.from('self-signed:kept+%26+by%2Bthe+gateway').toString('base64')}`,
  );
  assert.equal(first.body, 'grant_type=client_credentials');

  const form = { ...GRANT, client_id: 'pki', scope: 'a b' };
  await postForm({ port, ca, path: '/oauth2/token', form, ...gateway.pkiClient });
  const second = upstream.requests.at(-1);
  assert.equal(second?.headers.authorization, undefined);
  assert.equal(
    second?.body,
    'grant_type=client_credentials&scope=a+b&client_id=pki&client_secret=other',
  );
});

test('a client that the gateway does not know gets no token past it', async (t) => {
  const { gateway, upstream } = await startBefore(t, answering({ access_token: 'a' }));
  const { port, ca } = gateway;
  const headers = [basic('resource-server', 'rs-secret')];
  const answer = await postForm({ port, ca, path: '/oauth2/token', headers, form: GRANT });
  assert.equal(answer.status, 401);
  assert.equal(upstream.requests.length, 0);
});

test('an active token without a row is answered as inactive', async (t) => {
  const { gateway } = await startBefore(t, answering({}, '{"active":true,"scope":"x"}'));
  const answer = await introspect(gateway, 'issued-elsewhere');
  assert.deepEqual(answer.json(), { active: false });
  await gateway.logged((line) => line['reason'] === 'binding_unknown');
});

test('T35: members of the introspection answer other than cnf stay byte for byte', async (t) => {
  const source = '{ "active" : true, "big":9007199254740993, "permissions":[{"a":1.0}] }';
  const { gateway } = await startBefore(t, answering({ access_token: 'tok' }, source));
  await requestToken(gateway);
  const answer = await introspect(gateway, 'tok');
  const cnf = `{"x5t#S256":"${gateway.client.thumbprint}"}`;
  assert.equal(answer.text, source.replace(' }', ` ,"cnf":${cnf}}`));
});

test('T35: an introspection answer that can not be trusted is 502', async (t) => {
  let source = '';
  const { gateway } = await startBefore(t, ({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(url === '/oauth2/token' ? '{"access_token":"tok"}' : source);
  });
  await requestToken(gateway);
  for (const bad of [
    '',
    'OK',
    '[]',
    '{"active":true,"active":false}',
    '{"active":"true"}',
    '{"scope":"x"}',
    '{"active":true}{"active":false}',
    '\ufeff{"active":true}',
    '{"active":true,"cnf":{"x5t#S256":"another"}}',
    '{"active":true,"cnf":null}',
    `{"active":true,"pad":"${'x'.repeat(1_100_000)}"}`,
  ]) {
    source = bad;
    const answer = await introspect(gateway, 'tok');
    assert.equal(answer.status, 502, bad.slice(0, 60));
    assert.equal(answer.json()['error'], 'server_error');
  }
  source = `{"active":true,"cnf":{"x5t#S256":"${gateway.client.thumbprint}"}}`;
  assert.equal((await introspect(gateway, 'tok')).text, source);
});

test('no token leaves when the store has no room for its binding', async (t) => {
  let issued = 0;
  const { gateway } = await startBefore(
    t,
    ({ url }, response) => {
      response.setHeader('content-type', 'application/json');
      if (url === '/oauth2/token') issued += 1;
      const token = `{"access_token":"token-${issued}"}`;
      response.end(url === '/oauth2/token' ? token : '{"active":true}');
    },
    'engine: memory, max_records: 1',
  );
  assert.equal((await requestToken(gateway)).status, 200);
  const refused = await requestToken(gateway);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(refused.json()['error'], 'temporarily_unavailable');
  assert.ok(!refused.text.includes('token-2'));
  await gateway.logged((line) => line['reason'] === 'store_full');
  assert.ok((await introspect(gateway, 'token-1')).json()['cnf'], 'the live row is kept');
  assert.deepEqual((await introspect(gateway, 'token-2')).json(), { active: false });
});

test('a token answer without an access_token is not passed on', async (t) => {
  const { gateway } = await startBefore(t, answering({ token: 'x' }));
  const answer = await requestToken(gateway);
  assert.deepEqual([answer.status, answer.json()['error']], [502, 'server_error']);
});

test("the upstream's refusal reaches the client as it is", async (t) => {
  const { gateway } = await startBefore(t, (_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"error":"invalid_scope"}');
  });
  const answer = await requestToken(gateway);
  assert.deepEqual([answer.status, answer.text], [400, '{"error":"invalid_scope"}']);
  assert.equal(answer.headers['cache-control'], 'no-store');
});
