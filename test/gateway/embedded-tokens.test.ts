import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

async function start(
  t: TestContext,
  options: { storePath?: string } = {},
): Promise<GatewayFixture> {
  const gateway = await startGateway({ yaml: EMBEDDED, ...options });
  t.after(() => gateway.close());
  return gateway;
}

function tokenRequest(
  { port, ca }: GatewayFixture,
  form: Readonly<Record<string, string>> | string,
  certificate?: Issued,
): Promise<ClientAnswer> {
  return postForm({ port, ca, path: '/oauth2/token', form, ...certificate });
}

function introspect({ port, ca }: GatewayFixture, token: string): Promise<ClientAnswer> {
  const headers = [basic('resource-server', 'rs-secret')];
  return postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
}

const GRANT = { grant_type: 'client_credentials' } as const;

test('a self-signed client gets a token bound to its certificate', async (t) => {
  const gateway = await start(t);
  const answer = await tokenRequest(
    gateway,
    { ...GRANT, client_id: 'self-signed' },
    gateway.client,
  );
  assert.equal(answer.status, 200, answer.text);
  const token = answer.json();
  assert.equal(token['token_type'], 'Bearer');
  assert.equal(token['expires_in'], 3_600);
  assert.equal(answer.headers['cache-control'], 'no-store');

  const introspection = await introspect(gateway, String(token['access_token']));
  assert.equal(introspection.status, 200);
  const { active, client_id: clientId, cnf } = introspection.json();
  assert.deepEqual(
    { active, clientId, cnf },
    { active: true, clientId: 'self-signed', cnf: { 'x5t#S256': gateway.client.thumbprint } },
  );
});

test('a PKI client is known by its subject and the CA of the listener', async (t) => {
  const gateway = await start(t);
  const answer = await tokenRequest(gateway, { ...GRANT, client_id: 'pki' }, gateway.pkiClient);
  assert.equal(answer.status, 200, answer.text);
  const introspection = await introspect(gateway, String(answer.json()['access_token']));
  assert.deepEqual(introspection.json()['cnf'], { 'x5t#S256': gateway.pkiClient.thumbprint });
});

test('T75: who has no registered certificate is refused alike, whatever is wrong', async (t) => {
  const gateway = await start(t);
  const wrong = await tokenRequest(
    gateway,
    { ...GRANT, client_id: 'self-signed' },
    gateway.stranger,
  );
  const unknown = await tokenRequest(gateway, { ...GRANT, client_id: 'nobody' }, gateway.stranger);
  const untrusted = await tokenRequest(gateway, { ...GRANT, client_id: 'pki' }, gateway.stranger);
  for (const answer of [wrong, unknown, untrusted]) {
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.deepEqual(answer.json(), {
      error: 'invalid_client',
      error_description: 'client authentication failed',
    });
  }
  for (const reason of ['certificate_not_registered', 'client_unknown', 'certificate_untrusted']) {
    await gateway.logged((line) => line['reason'] === reason);
    assert.match(
      await gateway.metrics(),
      new RegExp(`certbound_refusals_total\\{reason="${reason}"\\} 1`),
    );
  }
});

test("one client's certificate does not make it another client (T30)", async (t) => {
  const gateway = await start(t);
  const asPki = await tokenRequest(gateway, { ...GRANT, client_id: 'pki' }, gateway.client);
  assert.equal(asPki.status, 401);
  assert.equal(asPki.json()['error'], 'invalid_client');
  const asSelfSigned = await tokenRequest(
    gateway,
    { ...GRANT, client_id: 'self-signed' },
    gateway.pkiClient,
  );
  assert.equal(asSelfSigned.status, 401);
  const twice = await tokenRequest(
    gateway,
    'grant_type=client_credentials&client_id=self-signed&client_id=pki',
    gateway.client,
  );
  assert.deepEqual([twice.status, twice.json()['error']], [400, 'invalid_request']);
  const inQuery = await postForm({
    ...gateway.client,
    port: gateway.port,
    ca: gateway.ca,
    path: '/oauth2/token?client_id=self-signed',
    form: { ...GRANT },
  });
  assert.deepEqual([inQuery.status, inQuery.json()['error']], [400, 'invalid_request']);
  const inBasic = await postForm({
    ...gateway.client,
    port: gateway.port,
    ca: gateway.ca,
    path: '/oauth2/token',
    headers: [basic('pki', '')],
    form: { ...GRANT, client_id: 'self-signed' },
  });
  assert.deepEqual([inBasic.status, inBasic.json()['error']], [400, 'invalid_request']);
});

test('a certificate that stands only in a header is no proof (T20)', async (t) => {
  const gateway = await start(t);
  const { port, ca } = gateway;
  const answer = await postForm({
    port,
    ca,
    path: '/oauth2/token',
    headers: [
      ['x-wso2-mtls-cert', gateway.client.certificatePem.replaceAll('\n', '')],
      ['client-cert', `:${Buffer.from(gateway.client.certificate).toString('base64')}:`],
      ['certbound-client', 'self-signed'],
    ],
    form: { ...GRANT, client_id: 'self-signed' },
  });
  assert.equal(answer.status, 401);
  assert.equal(answer.json()['error'], 'invalid_client');
});

test('a secret cannot stand in for the certificate, nor two methods be mixed', async (t) => {
  const gateway = await start(t);
  const { port, ca } = gateway;
  const secret = await postForm({
    port,
    ca,
    path: '/oauth2/token',
    headers: [basic('self-signed', 'x')],
    form: { ...GRANT },
  });
  assert.equal(secret.status, 401);
  assert.match(String(secret.headers['www-authenticate']), /^Basic /);
  const both = await tokenRequest(
    gateway,
    { ...GRANT, client_id: 'self-signed', client_secret: 'x', client_assertion: 'y' },
    gateway.client,
  );
  assert.deepEqual([both.status, both.json()['error']], [400, 'invalid_request']);
});

test('a confidential caller introspects its own tokens and no others', async (t) => {
  const gateway = await start(t);
  const answer = await tokenRequest(
    gateway,
    { ...GRANT, client_id: 'self-signed' },
    gateway.client,
  );
  const token = String(answer.json()['access_token']);
  const { port, ca } = gateway;
  const own = await postForm({
    port,
    ca,
    path: '/oauth2/introspect',
    form: { token, client_id: 'self-signed' },
    ...gateway.client,
  });
  assert.equal(own.json()['active'], true);
  const other = await postForm({
    port,
    ca,
    path: '/oauth2/introspect',
    form: { token, client_id: 'pki' },
    ...gateway.pkiClient,
  });
  assert.notEqual(other.json()['active'], true);
  const stranger = await postForm({
    port,
    ca,
    path: '/oauth2/introspect',
    headers: [basic('resource-server', 'wrong')],
    form: { token },
  });
  assert.equal(stranger.status, 401);
  assert.equal(stranger.json()['error'], 'invalid_client');
});

test('a revoked token is inactive', async (t) => {
  const gateway = await start(t);
  const answer = await tokenRequest(
    gateway,
    { ...GRANT, client_id: 'self-signed' },
    gateway.client,
  );
  const token = String(answer.json()['access_token']);
  const revoked = await postForm({
    port: gateway.port,
    ca: gateway.ca,
    path: '/oauth2/revoke',
    form: { token, client_id: 'self-signed' },
    ...gateway.client,
  });
  assert.equal(revoked.status, 200);
  assert.deepEqual((await introspect(gateway, token)).json(), { active: false });
});

test('a token is still active after a restart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storePath = join(folder, 'store.sqlite');
  const first = await startGateway({ yaml: EMBEDDED, storePath });
  const answer = await tokenRequest(first, { ...GRANT, client_id: 'self-signed' }, first.client);
  const thumbprint = first.client.thumbprint;
  await first.close();
  const second = await start(t, { storePath });
  const introspection = await introspect(second, String(answer.json()['access_token']));
  assert.deepEqual(introspection.json()['cnf'], { 'x5t#S256': thumbprint });
});

test('both discovery documents name the issuer and the RFC 8705 methods', async (t) => {
  const { port, ca } = await start(t);
  for (const path of [
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
  ]) {
    const answer = await httpsRequest({ port, ca, path, headers: [['x-forwarded-host', 'evil']] });
    assert.equal(answer.status, 200);
    const metadata = answer.json();
    assert.equal(metadata['issuer'], 'https://localhost:9443');
    assert.equal(metadata['token_endpoint'], 'https://localhost:9443/oauth2/token');
    assert.equal(metadata['tls_client_certificate_bound_access_tokens'], true);
    const methods = metadata['token_endpoint_auth_methods_supported'] as readonly string[];
    assert.ok(methods.includes('tls_client_auth'));
    assert.ok(methods.includes('self_signed_tls_client_auth'));
    assert.ok(!answer.text.includes('evil'));
  }
  const jwks = await httpsRequest({ port, ca, path: '/oauth2/jwks' });
  assert.ok(Array.isArray(jwks.json()['keys']));
});

test('any other path is answered 404, another spelling of an endpoint 400 (T57)', async (t) => {
  const { port, ca } = await start(t);
  for (const path of ['/', '/session/end', '/oauth2', '/admin', '/interaction/x']) {
    assert.equal((await httpsRequest({ port, ca, path })).status, 404, path);
  }
  for (const path of [
    '/oauth2//token',
    '/oauth2/token/',
    '/oauth2/token;x=1',
    '/oauth2/%74oken',
    '/oauth2%2ftoken',
    '/oauth2/x/../token',
    '/oauth2/%2e/token',
    '/OAuth2/Token',
    '/oauth2/%2574oken',
  ]) {
    assert.equal((await httpsRequest({ port, ca, path })).status, 400, path);
  }
});

test('a wrong method, media type or body is invalid_request', async (t) => {
  const gateway = await start(t);
  const { port, ca } = gateway;
  const path = '/oauth2/token';
  const get = await httpsRequest({ port, ca, path });
  assert.deepEqual([get.status, get.headers.allow], [405, 'POST']);
  const json = await httpsRequest({
    port,
    ca,
    path,
    method: 'POST',
    headers: [['content-type', 'application/json']],
    body: '{}',
  });
  assert.deepEqual([json.status, json.json()['error']], [400, 'invalid_request']);
  const large = await tokenRequest(gateway, { client_id: 'x'.repeat(70_000) });
  assert.deepEqual([large.status, large.json()['error']], [413, 'invalid_request']);
  const newline = await tokenRequest(
    gateway,
    'grant_type=client_credentials&client_id=self-\nsigned',
    gateway.client,
  );
  assert.deepEqual([newline.status, newline.json()['error']], [401, 'invalid_client']);
});
