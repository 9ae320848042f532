import assert from 'node:assert/strict';
import { test } from 'node:test';

import { jwkWithChain } from '../clients/presented.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import { selfSigned } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import {
  bearer,
  INITIAL_TOKEN,
  manage,
  NEXT_TOKEN,
  register,
  registered,
  registeredFrom,
  startRegistering,
  tokenFor,
} from './registering.ts';

async function introspect(
  { port, ca }: GatewayFixture,
  token: unknown,
): Promise<Record<string, unknown>> {
  const answer = await postForm({
    port,
    ca,
    path: '/oauth2/introspect',
    headers: [basic('resource-server', 'rs-secret')],
    form: { token: String(token) },
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

const PKI = {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=pki-client,O=Test',
} as const;

test('the status page counts the clients that registered themselves, by method', async (t) => {
  const gateway = await startRegistering(t);
  const counted = async (): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${gateway.managementPort}/status.json`);
    return ((await answer.json()) as { registeredClients?: unknown }).registeredClients;
  };
  assert.deepEqual(await counted(), []);
  for (const metadata of [PKI, PKI, {}]) {
    assert.equal((await register(gateway, metadata)).status, 201);
  }
  assert.deepEqual(await counted(), [
    { method: 'tls_client_auth', count: 2 },
    { method: 'client_secret_basic', count: 1 },
  ]);
});

test('a client of tls_client_auth registers, gets a bound token, and is gone when it is deleted', async (t) => {
  const gateway = await startRegistering(t);
  const answer = await register(gateway, { ...PKI, client_name: 'Payments' });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const client = registeredFrom(answer);
  const { client_id_issued_at: issuedAt, ...information } = client.information;
  assert.equal(typeof issuedAt, 'number');
  assert.deepEqual(information, {
    client_id: client.clientId,
    ...PKI,
    client_name: 'Payments',
    grant_types: ['client_credentials'],
    response_types: [],
    tls_client_certificate_bound_access_tokens: true,
    registration_access_token: client.token,
    registration_client_uri: `https://localhost:9443/oauth2/register/${client.clientId}`,
  });

  const token = await tokenFor(gateway, { client_id: client.clientId }, gateway.pkiClient);
  assert.equal(token.status, 200, token.text);
  const { access_token: accessToken } = token.json();
  const { active, client_id: clientId, cnf } = await introspect(gateway, accessToken);
  assert.deepEqual(
    { active, clientId, cnf },
    { active: true, clientId: client.clientId, cnf: { 'x5t#S256': gateway.pkiClient.thumbprint } },
  );

  const removed = await manage(gateway, 'DELETE', client);
  assert.deepEqual([removed.status, removed.text], [204, '']);
  assert.deepEqual(await introspect(gateway, accessToken), { active: false });
  const after = await tokenFor(gateway, { client_id: client.clientId }, gateway.pkiClient);
  assert.equal(after.json()['error'], 'invalid_client');
  assert.equal((await manage(gateway, 'GET', client)).status, 401);
});

test('a client registers its self-signed certificate in a key set, and the next one by an update', async (t) => {
  const gateway = await startRegistering(t);
  const [first, second] = [await selfSigned(), await selfSigned()];
  const metadata = {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [jwkWithChain(first.certificate)] },
  };
  const client = await registered(gateway, metadata);
  const outcome = async (certificate: typeof first): Promise<number> =>
    (await tokenFor(gateway, { client_id: client.clientId }, certificate)).status;
  assert.deepEqual([await outcome(first), await outcome(second)], [200, 401]);

  const next = {
    ...metadata,
    jwks: { keys: [jwkWithChain(second.certificate)] },
    client_id: client.clientId,
  };
  const updated = await manage(gateway, 'PUT', client, next);
  assert.equal(updated.status, 200, updated.text);
  assert.deepEqual(updated.json()['jwks'], next.jwks);
  assert.deepEqual([await outcome(first), await outcome(second)], [401, 200]);

  // RFC 7592 section 2.2: the token is another one now.
  const { token } = registeredFrom(updated);
  assert.notEqual(token, client.token);
  assert.equal((await manage(gateway, 'GET', client)).status, 401);
  const read = await manage(gateway, 'GET', { ...client, token });
  assert.deepEqual(read.json(), updated.json());
});

test('a client with a secret sends it as it registered, is told it once, and only its digest is kept', async (t) => {
  const gateway = await startRegistering(t);
  const client = await registered(gateway, { token_endpoint_auth_method: 'client_secret_post' });
  assert.equal(client.information['client_secret_expires_at'], 0);
  const { clientId, secret } = client;
  const post = { client_id: clientId, client_secret: secret };
  assert.equal((await tokenFor(gateway, post)).status, 200);
  const wrong = await tokenFor(gateway, { ...post, client_secret: `${secret}x` });
  assert.equal(wrong.status, 401);
  const byBasic = await postForm({
    port: gateway.port,
    ca: gateway.ca,
    path: '/oauth2/token',
    headers: [basic(clientId, secret)],
    form: { grant_type: 'client_credentials' },
  });
  assert.equal(byBasic.status, 401, 'it registered another method');

  const read = (await manage(gateway, 'GET', client)).json();
  assert.equal('client_secret' in read, false);
  assert.equal(read['client_secret_expires_at'], 0);

  // What the store has of the secret is none.
  const row = JSON.stringify(gateway.log());
  assert.equal(row.includes(secret) || row.includes(client.token), false);
});

test('a client that names no method has a secret for Basic, and a bound token where it shows a certificate', async (t) => {
  const gateway = await startRegistering(t);
  const { clientId, secret, information } = await registered(gateway, {});
  assert.equal(information['token_endpoint_auth_method'], 'client_secret_basic');
  assert.equal('tls_client_certificate_bound_access_tokens' in information, false);
  const { certificatePem, privateKeyPem, thumbprint } = gateway.stranger;
  const answer = await postForm({
    port: gateway.port,
    ca: gateway.ca,
    path: '/oauth2/token',
    certificatePem,
    privateKeyPem,
    headers: [basic(clientId, secret)],
    form: { grant_type: 'client_credentials' },
  });
  const { cnf } = await introspect(gateway, answer.json()['access_token']);
  assert.deepEqual(cnf, { 'x5t#S256': thumbprint });
});

test('whoever has none of the initial access tokens registers nothing, and is told the scheme', async (t) => {
  const gateway = await startRegistering(t);
  for (const token of [INITIAL_TOKEN.slice(1), `${INITIAL_TOKEN}0`, 'x']) {
    const answer = await register(gateway, PKI, token);
    assert.equal(answer.status, 401);
    assert.equal(answer.json()['error'], 'invalid_token');
    assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer .*error="invalid_token"/);
  }
  const { port, ca } = gateway;
  const without = await httpsRequest({ port, ca, method: 'POST', path: '/oauth2/register' });
  assert.equal(without.status, 401);
  assert.equal(without.headers['www-authenticate'], 'Bearer realm="certbound"');
  const line = await gateway.logged(({ reason }) => reason === 'registration_token_unknown');
  assert.equal(line['route'], 'registration');
  assert.match(await gateway.metrics(), /reason="registration_token_unknown"/);

  // Two are good, for rotation.
  assert.equal((await register(gateway, PKI, NEXT_TOKEN)).status, 201);
});

test('the token of one client manages no other, and none of the configuration', async (t) => {
  const gateway = await startRegistering(t);
  const [a, b] = [await registered(gateway, PKI), await registered(gateway, PKI)];
  for (const clientId of [b.clientId, 'pki', 'self-signed', 'nobody', a.clientId.toLowerCase()]) {
    for (const method of ['GET', 'DELETE'] as const) {
      const answer = await manage(gateway, method, { clientId, token: a.token });
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_token'], clientId);
    }
  }
  assert.equal((await manage(gateway, 'GET', b)).status, 200);
  assert.equal((await manage(gateway, 'GET', { ...a, token: INITIAL_TOKEN })).status, 401);
});

test('T30: the certificate of one registered client is not that of another', async (t) => {
  const gateway = await startRegistering(t);
  const { client: own, stranger } = gateway;
  const byKeys = { token_endpoint_auth_method: 'self_signed_tls_client_auth' };
  const a = await registered(gateway, {
    ...byKeys,
    jwks: { keys: [jwkWithChain(own.certificate)] },
  });
  const b = await registered(gateway, {
    ...byKeys,
    jwks: { keys: [jwkWithChain(stranger.certificate)] },
  });
  const pki = await registered(gateway, PKI);
  for (const clientId of [b.clientId, pki.clientId, 'pki', a.clientId.toUpperCase()]) {
    const answer = await tokenFor(gateway, { client_id: clientId }, own);
    assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client'], clientId);
  }
  // Named twice, and in several places.
  const { port, ca } = gateway;
  const { certificatePem, privateKeyPem } = own;
  const request = { port, ca, path: '/oauth2/token', certificatePem, privateKeyPem };
  const grant = 'grant_type=client_credentials';
  const twice = `${grant}&client_id=${a.clientId}&client_id=${b.clientId}`;
  const attempts = [
    postForm({ ...request, form: twice }),
    postForm({
      ...request,
      path: `/oauth2/token?client_id=${b.clientId}`,
      form: `${grant}&client_id=${a.clientId}`,
    }),
    postForm({
      ...request,
      headers: [basic(b.clientId, 'x')],
      form: `${grant}&client_id=${a.clientId}`,
    }),
  ];
  for (const answer of await Promise.all(attempts)) assert.equal(answer.status, 400, answer.text);
  const right = await postForm({ ...request, form: `${grant}&client_id=${a.clientId}` });
  assert.equal(right.status, 200);
});

test('discovery names the endpoint where clients may register, and nothing is there otherwise', async (t) => {
  const { port, ca } = await startRegistering(t);
  const path = '/.well-known/oauth-authorization-server';
  const document = (await httpsRequest({ port, ca, path })).json();
  assert.equal(document['registration_endpoint'], 'https://localhost:9443/oauth2/register');
});

test('other methods, deeper paths and other spellings of the paths are refused', async (t) => {
  const gateway = await startRegistering(t);
  const { port, ca } = gateway;
  const { clientId, token } = await registered(gateway, PKI);
  const headers = [bearer(token)];
  const put = await httpsRequest({ port, ca, headers, method: 'PUT', path: '/oauth2/register' });
  assert.deepEqual([put.status, put.headers['allow']], [405, 'POST']);
  const path = `/oauth2/register/${clientId}`;
  const post = await httpsRequest({ port, ca, headers, method: 'POST', path });
  assert.deepEqual([post.status, post.headers['allow']], [405, 'GET, PUT, DELETE']);
  for (const odd of [
    `/oauth2/register//${clientId}`,
    `/oauth2/%72egister/${clientId}`,
    `/OAuth2/register/${clientId}`,
    `${path}/`,
    `${path};x`,
    `${path}/secret`,
    '/oauth2/register/%61',
    '/oauth2/register/..%2ftoken',
    '/oauth2/register/',
  ]) {
    const answer = await httpsRequest({ port, ca, headers, path: odd });
    assert.match(answer.json()['error'] as string, /^(invalid_request|not_found)$/, odd);
  }
});
