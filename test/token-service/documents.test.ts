import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ISSUER, startService } from './running-service.ts';

const DOCUMENTS = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const;

const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'self_signed_tls_client_auth',
  'tls_client_auth',
];

test('both metadata documents name the endpoints, the methods and the aliases', async (t) => {
  const service = await startService(t);
  for (const path of DOCUMENTS) {
    const answer = await service.ask(path);
    assert.equal(answer.status, 200);
    const document = answer.json();
    const sorted = (name: string): unknown => (document[name] as string[]).toSorted();
    assert.equal(document['issuer'], ISSUER);
    assert.equal(document['token_endpoint'], `${ISSUER}/oauth2/token`);
    assert.equal(document['introspection_endpoint'], `${ISSUER}/oauth2/introspect`);
    assert.equal(document['revocation_endpoint'], `${ISSUER}/oauth2/revoke`);
    assert.equal(document['jwks_uri'], `${ISSUER}/oauth2/jwks`);
    assert.equal(document['tls_client_certificate_bound_access_tokens'], true);
    assert.deepEqual(document['mtls_endpoint_aliases'], {
      token_endpoint: `${ISSUER}/oauth2/token`,
      introspection_endpoint: `${ISSUER}/oauth2/introspect`,
      revocation_endpoint: `${ISSUER}/oauth2/revoke`,
    });
    assert.deepEqual(sorted('token_endpoint_auth_methods_supported'), METHODS);
    assert.deepEqual(sorted('introspection_endpoint_auth_methods_supported'), METHODS);
    assert.deepEqual(sorted('revocation_endpoint_auth_methods_supported'), METHODS);
    assert.deepEqual(document['grant_types_supported'], ['client_credentials']);
    assert.deepEqual(document['response_types_supported'], []);
  }
});

test('the metadata names nothing that is answered 404', async (t) => {
  const service = await startService(t);
  const document = (await service.ask(DOCUMENTS[0])).json();
  const urls = Object.entries(document).filter(([, value]) => String(value).startsWith('https:'));
  assert.equal(urls.length, 5);
  for (const [name, url] of urls.filter(([member]) => member !== 'issuer')) {
    const { pathname } = new URL(String(url));
    assert.notEqual((await service.ask(pathname)).status, 404, name);
  }
});

test('no field of a request ends up in a published address', async (t) => {
  const service = await startService(t);
  const expected = (await service.ask(DOCUMENTS[0])).text;
  const evil = 'evil.test';
  const tries: readonly Readonly<Record<string, string>>[] = [
    { host: evil },
    { 'x-forwarded-host': evil, 'x-forwarded-proto': 'http' },
    { 'x-forwarded-host': `${evil}, ${evil}`, 'x-forwarded-port': '1', 'x-forwarded-prefix': '/e' },
    { forwarded: `host=${evil};proto=http` },
  ];
  for (const headers of tries) {
    const answer = await service.ask(`${DOCUMENTS[0]}?host=${evil}`, { headers });
    assert.equal(answer.text, expected);
  }
});

test('the keys are public keys of the signature algorithms, and nothing private', async (t) => {
  const service = await startService(t);
  const { keys } = (await service.ask('/oauth2/jwks')).json() as {
    keys: Record<string, unknown>[];
  };
  assert.deepEqual(
    keys.map(({ kty, alg, use }) => [kty, alg, use]),
    [
      ['EC', 'ES256', 'sig'],
      ['RSA', 'RS256', 'sig'],
    ],
  );
  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) {
    assert.ok(keys.every((key) => !(member in key)));
  }
});

test('any other path is 404 and any other method 405, as JSON', async (t) => {
  const service = await startService(t);
  const unknown = [
    '/',
    '/oauth2',
    '/oauth2/token/',
    '/OAUTH2/TOKEN',
    '/oauth2/../oauth2/token',
    '/oauth2/authorize?client_id=pki&response_type=code',
    '/oauth2/authorize/x',
    '/token',
    '/session/end/confirm',
    '/interaction/x',
    'http://evil.test/oauth2/token',
  ];
  for (const path of unknown) {
    const answer = await service.ask(path, { method: 'POST', form: {} });
    assert.equal(answer.status, 404, path);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.deepEqual(answer.json(), { error: 'not_found' });
  }
  const get = await service.ask('/oauth2/token');
  assert.equal(get.status, 405);
  assert.equal(get.headers['allow'], 'POST');
  assert.deepEqual(get.json(), { error: 'method_not_allowed' });
  assert.equal((await service.ask(DOCUMENTS[0], { method: 'DELETE' })).status, 405);
});

test('takes a header block as large as a listener can be made to take', async (t) => {
  const service = await startService(t);
  const headers = { 'x-filler': 'a'.repeat(1_048_576) };
  assert.equal((await service.ask('/oauth2/jwks', { headers })).status, 200);
});

test('a browser that asks for HTML is answered JSON too', async (t) => {
  const service = await startService(t);
  const answer = await service.ask('/oauth2/token', {
    form: { grant_type: 'client_credentials' },
    headers: { accept: 'text/html' },
  });
  assert.equal(answer.status, 400);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  assert.equal(answer.json()['error'], 'invalid_request');
});
