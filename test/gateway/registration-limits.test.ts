import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { jwkOf, jwkWithChain } from '../clients/presented.ts';
import { startDocumentServer } from '../fetch/document-server.ts';
import { httpsRequest } from '../support/https-client.ts';
import { createAuthority } from '../support/pki.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import {
  bearer,
  INITIAL_TOKEN,
  manage,
  register,
  registered,
  registeredFrom,
  startRegistering,
  tokenFor,
} from './registering.ts';

const PKI = {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=pki-client,O=Test',
} as const;

test('registration is not there unless it is configured', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  assert.equal((await register(gateway, PKI)).status, 404);
  assert.equal((await manage(gateway, 'GET', { clientId: 'pki', token: 'x' })).status, 404);
  const path = '/.well-known/oauth-authorization-server';
  const document = (await httpsRequest({ ...gateway, path })).json();
  assert.equal('registration_endpoint' in document, false);
});

test('bodies that are too large, no JSON, or have a member twice are refused', async (t) => {
  const gateway = await startRegistering(t);
  const { port, ca } = gateway;
  const text = JSON.stringify(PKI);
  const twice = '{"tls_client_auth_subject_dn":"CN=a",' + text.slice(1);
  const deep = '{"jwks":{"keys":[{"kty":"RSA","kty":"EC"}]},' + text.slice(1);
  for (const body of ['', '[]', '"x"', 'null', '{', `\ufeff${text}`, twice, deep]) {
    const answer = await register(gateway, body);
    assert.deepEqual([answer.status, answer.json()['error']], [400, 'invalid_request'], body);
  }
  const large = await register(gateway, { ...PKI, client_name: 'x'.repeat(32_768) });
  assert.equal(large.status, 413);
  for (const type of ['text/plain', 'application/json; charset=utf-16', 'application/jsonx']) {
    const headers = [bearer(INITIAL_TOKEN), ['content-type', type]] as const;
    const request = { port, ca, method: 'POST', path: '/oauth2/register', headers, body: text };
    assert.equal((await httpsRequest(request)).status, 400, type);
  }
  const line = await gateway.logged(({ reason }) => reason === 'request_content_type');
  assert.equal(line['route'], 'registration');
});

test('metadata that is refused names the member, in the answer and in the log', async (t) => {
  const gateway = await startRegistering(t);
  const { tls_client_auth_subject_dn: _dn, ...nothing } = PKI;
  for (const [metadata, error, text] of [
    [nothing, 'invalid_client_metadata', /^tls_client_auth_subject_dn is required/],
    [{ ...PKI, tls_client_auth_san_dns: 'a.b' }, 'invalid_client_metadata', /_san_dns stands besi/],
    [{ ...PKI, grant_types: ['password'] }, 'invalid_client_metadata', /^grant_types /],
    [{ ...PKI, redirect_uris: ['http://a.test'] }, 'invalid_redirect_uri', /^redirect_uris /],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata', /_auth_method /],
  ] as const) {
    const answer = await register(gateway, metadata);
    assert.equal(answer.status, 400);
    assert.equal(answer.json()['error'], error);
    assert.match(String(answer.json()['error_description']), text);
  }
  const line = await gateway.logged(({ reason }) => reason === 'registration_metadata_invalid');
  assert.match(String(line['detail']), /^tls_client_auth_subject_dn is required/);
});

test('a client can not register a certificate that no listener takes', async (t) => {
  const gateway = await startGateway({
    listener: '    client_certificate: off',
    yaml: `
token_service:
  embedded:
    issuer: https://localhost:9443
    registration: {initial_access_token_files: [initial.token]}
clients: []
`,
    files: { 'initial.token': INITIAL_TOKEN },
  });
  t.after(() => gateway.close());
  for (const metadata of [PKI, { token_endpoint_auth_method: 'self_signed_tls_client_auth' }]) {
    const jwks = { keys: [jwkOf(gateway.client.certificate)] };
    const answer = await register(gateway, { jwks, ...metadata });
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.text, /is not served here/);
  }
  assert.equal((await register(gateway, {})).status, 201);
});

test('one client more than allowed is told to come later, and the reason is counted', async (t) => {
  const gateway = await startRegistering(t, { registration: 'max_clients: 2' });
  await registered(gateway, PKI);
  const second = await registered(gateway, PKI);
  const third = await register(gateway, PKI);
  assert.deepEqual([third.status, third.json()['error']], [503, 'temporarily_unavailable']);
  assert.ok(Number(third.headers['retry-after']) > 0);
  assert.match(await gateway.metrics(), /reason="registration_full"/);
  await manage(gateway, 'DELETE', second);
  assert.equal((await register(gateway, PKI)).status, 201);
});

test('a secret that has expired is refused, and an update brings a new one', async (t) => {
  // Shorter than the second in which RFC 7591 counts: over at once.
  const gateway = await startRegistering(t, { registration: 'client_secret_lifetime: 1ms' });
  const method = { token_endpoint_auth_method: 'client_secret_post' };
  const client = await registered(gateway, method);
  const form = { client_id: client.clientId, client_secret: client.secret };
  const answer = await tokenFor(gateway, form);
  assert.equal(answer.status, 401);
  assert.deepEqual(answer.json(), {
    error: 'invalid_client',
    error_description: 'the client secret has expired',
  });
  const wrong = await tokenFor(gateway, { ...form, client_secret: 'x' });
  assert.equal(wrong.json()['error_description'], 'client authentication failed');
  await gateway.logged(({ reason }) => reason === 'client_secret_expired');
  const update = { ...method, client_id: client.clientId };
  const updated = registeredFrom(await manage(gateway, 'PUT', client, update));
  assert.equal(updated.secret.length, 43);
  assert.notEqual(updated.secret, client.secret);
});

test('a client that the configuration has by the same id is that one, and nobody manages it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storePath = join(folder, 'store.sqlite');
  const first = await startRegistering(t, { storePath });
  const client = await registered(first, { token_endpoint_auth_method: 'client_secret_post' });
  const form = { client_id: client.clientId, client_secret: client.secret };
  assert.equal((await tokenFor(first, form)).status, 200);
  await first.close();

  const again = await startRegistering(t, { storePath });
  assert.equal((await tokenFor(again, form)).status, 200, 'it outlives a restart');
  await again.close();

  const clients = `
  - client_id: ${client.clientId}
    token_endpoint_auth_method: client_secret_post
    client_secret: configured
`;
  const second = await startRegistering(t, { storePath, clients });
  assert.equal((await tokenFor(second, form)).status, 401);
  assert.equal((await tokenFor(second, { ...form, client_secret: 'configured' })).status, 200);
  for (const method of ['GET', 'DELETE'] as const) {
    assert.equal((await manage(second, method, client)).status, 401);
  }
  const isWarning = ({ msg }: { readonly msg?: unknown }): boolean =>
    String(msg).includes('stands for one that registered itself');
  await second.logged(isWarning);
});

test('the keys behind the jwks_uri of a registered client are fetched, from private addresses where it is allowed', async (t) => {
  const authority = await createAuthority({ name: 'Key server CA' });
  const identity = await authority.issue({ subject: 'CN=keys', san: { ip: ['127.0.0.1'] } });
  const document: { keys: object[] } = { keys: [] };
  const { port } = await startDocumentServer(
    t,
    (_, response) => response.end(JSON.stringify(document)),
    { identity },
  );
  const metadata = {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks_uri: `https://127.0.0.1:${port}/jwks`,
  };
  for (const [registration, status] of [
    ['allow_private_jwks_uri: true', 200],
    ['', 401],
  ] as const) {
    const gateway = await startRegistering(t, {
      registration,
      more: 'jwks: {ca: [key-server-ca.pem]}',
      files: { 'key-server-ca.pem': authority.certificatePem },
    });
    document.keys = [jwkWithChain(gateway.client.certificate)];
    const { clientId } = await registered(gateway, metadata);
    const answer = await tokenFor(gateway, { client_id: clientId }, gateway.client);
    assert.equal(answer.status, status, answer.text);
    const stranger = await tokenFor(gateway, { client_id: clientId }, gateway.stranger);
    assert.equal(stranger.status, 401);
  }
});

test(
  'replicas know the clients of each other, lose them, and answer 503 while nobody can say',
  { skip: withoutRedis },
  async (t) => {
    const redis = await startRedis((clean) => t.after(clean));
    const store = `engine: redis, url: '${redis.url}'`;
    const one = await startRegistering(t, { store });
    const two = await startRegistering(t, { store });
    const byKeys = {
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [jwkWithChain(two.client.certificate)] },
    };
    const client = await registered(one, byKeys);
    const atTwo = async (clientId: string): Promise<number> =>
      (await tokenFor(two, { client_id: clientId }, two.client)).status;
    assert.equal(await atTwo(client.clientId), 200);
    assert.equal((await manage(one, 'DELETE', client)).status, 204);
    let status = await atTwo(client.clientId);
    while (status === 200) status = await atTwo(client.clientId);
    assert.equal(status, 401);

    const unasked = await registered(one, byKeys);
    await redis.kill();
    assert.equal(await atTwo(unasked.clientId), 503);
    assert.equal(await atTwo('made-up'), 401, 'the store is not asked for it');
    assert.equal((await register(two, PKI)).status, 503);
    assert.equal((await manage(two, 'GET', unasked)).status, 503);
  },
);
