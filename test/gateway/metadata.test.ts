import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';

import { httpsRequest } from '../support/https-client.ts';
import { startPlainProvider } from '../support/plain-provider.ts';
import { startGateway } from '../support/running-gateway.ts';
import { json, startBeforeUpstream } from './before-upstream.ts';
import type { BeforeUpstreamOptions, Respond } from './before-upstream.ts';

const OPENID = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';
const ISSUER = 'https://identity.test/tenant';
const ALIASES = 'https://mtls.identity.test:8443';

/** Members that other than the gateway understand, with bytes that JSON.parse would lose. */
const DOCUMENT = `{
  "issuer" : "${ISSUER}",
  "token_endpoint": "${ISSUER}/oauth2/token",
  "introspection_endpoint": "${ISSUER}/oauth2/introspect",
  "revocation_endpoint": "${ISSUER}/oauth2/revoke?x=1",
  "userinfo_endpoint": "https://elsewhere.test/userinfo",
  "authorization_endpoint": "${ISSUER}/oauth2/authorize",
  "jwks_uri": "${ISSUER}/jwks",
  "signed_metadata": "a.b.c",
  "revocation_endpoint_auth_methods_supported": ["private_key_jwt"],
  "big": 9007199254740993, "float":1.0
}`;

/** The answer to the document at this path. */
async function fetchDocument(
  t: TestContext,
  options: BeforeUpstreamOptions,
  respond: Respond = json(DOCUMENT),
  path = OAUTH,
) {
  const before = await startBeforeUpstream(t, { answers: { [path]: respond }, ...options });
  return { ...before, answer: await before.get(path) };
}

test('the document tells the methods of the gateway, and that it binds', async (t) => {
  for (const path of [OPENID, OAUTH]) {
    const { answer } = await fetchDocument(t, {}, json(DOCUMENT), path);
    assert.equal(answer.status, 200);
    const document = answer.json();
    const certificate = ['tls_client_auth', 'self_signed_tls_client_auth'];
    assert.deepEqual(document['token_endpoint_auth_methods_supported'], [
      ...certificate,
      'client_secret_basic',
      'client_secret_post',
      'none',
    ]);
    assert.deepEqual(document['revocation_endpoint_auth_methods_supported'], [
      'private_key_jwt',
      ...certificate,
    ]);
    assert.deepEqual(document['introspection_endpoint_auth_methods_supported'], [
      'client_secret_basic',
      ...certificate,
    ]);
    assert.equal(document['tls_client_certificate_bound_access_tokens'], true);
    assert.equal(document['issuer'], ISSUER);
    assert.equal(document['mtls_endpoint_aliases'], undefined);
  }
});

test('members that are not changed keep their bytes, and signed_metadata goes', async (t) => {
  const { answer } = await fetchDocument(t, {});
  const kept = DOCUMENT.slice(0, DOCUMENT.indexOf('  "signed_metadata"'));
  assert.ok(answer.text.startsWith(kept), answer.text);
  assert.match(answer.text, /"big": 9007199254740993, "float":1\.0\n,/);
  assert.equal(answer.json()['signed_metadata'], undefined);
});

test('aliases are published for what clients call directly at the server', async (t) => {
  const { answer } = await fetchDocument(
    t,
    { keys: `metadata: {mtls_aliases_origin: '${ALIASES}'}` },
    json(
      DOCUMENT.replace(
        '"issuer"',
        '"mtls_endpoint_aliases":{"token_endpoint":"x","own":"y"},"issuer"',
      ),
    ),
  );
  assert.deepEqual(answer.json()['mtls_endpoint_aliases'], {
    token_endpoint: `${ALIASES}/tenant/oauth2/token`,
    own: 'y',
    revocation_endpoint: `${ALIASES}/tenant/oauth2/revoke?x=1`,
    introspection_endpoint: `${ALIASES}/tenant/oauth2/introspect`,
  });
});

test('addresses of the server itself are replaced where the configuration says so', async (t) => {
  const document: Respond = (response, { headers }) => {
    const origin = `http://${headers.host ?? ''}`;
    json(
      `{"issuer":"${origin}","token_endpoint":"${origin}/oauth2/token","jwks_uri":"${origin}/k"}`,
    )(response);
  };
  const { answer, upstream } = await fetchDocument(
    t,
    { keys: `metadata: {endpoints_origin: 'https://gw.test', mtls_aliases_origin: '${ALIASES}'}` },
    document,
  );
  const { issuer, token_endpoint: token, jwks_uri: keys } = answer.json();
  assert.deepEqual(
    { issuer, token, keys },
    {
      issuer: upstream.url,
      token: 'https://gw.test/oauth2/token',
      keys: 'https://gw.test/k',
    },
  );
  assert.deepEqual(answer.json()['mtls_endpoint_aliases'], {
    token_endpoint: `${ALIASES}/oauth2/token`,
  });
});

test('a native server speaks for itself, but for what is configured', async (t) => {
  const plain = await fetchDocument(t, { kind: 'native' }, json(DOCUMENT, 200, { etag: '"1"' }));
  assert.deepEqual([plain.answer.text, plain.answer.headers.etag], [DOCUMENT, '"1"']);
  const { answer } = await fetchDocument(t, {
    kind: 'native',
    keys: `metadata: {mtls_aliases_origin: '${ALIASES}'}`,
  });
  const { mtls_endpoint_aliases: aliases, ...rest } = answer.json();
  const { signed_metadata: _, ...original } = JSON.parse(DOCUMENT) as Record<string, unknown>;
  assert.deepEqual(rest, original);
  assert.ok(aliases);
});

test('the methods follow who authenticates the callers of introspection', async (t) => {
  for (const [by, expected] of [
    ['certificate', ['tls_client_auth', 'self_signed_tls_client_auth']],
    ['upstream', undefined],
  ] as const) {
    const keys = `introspection: {authentication: ${by}}`;
    const { answer } = await fetchDocument(t, { keys });
    assert.deepEqual(answer.json()['introspection_endpoint_auth_methods_supported'], expected);
  }
});

test('questions for a part of the document, or for a newer one, get the whole', async (t) => {
  const { gateway, upstream } = await fetchDocument(t, {}, (response) => {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'gzip',
      etag: '"1"',
      'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
      'cache-control': 'max-age=60',
    });
    response.end(gzipSync(DOCUMENT));
  });
  const { port, ca } = gateway;
  const ask = (method: string) =>
    httpsRequest({
      port,
      ca,
      path: OAUTH,
      method,
      headers: [
        ['if-none-match', '"1"'],
        ['if-modified-since', 'Mon, 01 Jan 2024 00:00:00 GMT'],
        ['range', 'bytes=0-1'],
      ],
    });
  const whole = await ask('GET');
  assert.equal(whole.json()['issuer'], ISSUER);
  for (const answer of [whole, await ask('HEAD')]) {
    const { etag, 'last-modified': modified, 'content-encoding': coding } = answer.headers;
    assert.deepEqual(
      [answer.status, etag, modified, coding],
      [200, undefined, undefined, undefined],
    );
    assert.equal(answer.headers['content-length'], String(Buffer.byteLength(whole.text)));
    assert.equal(answer.headers['cache-control'], 'max-age=60');
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  }
  const seen = upstream.requests.at(-1);
  assert.deepEqual(
    [seen?.method, seen?.headers['if-none-match'], seen?.headers.range],
    ['GET', undefined, undefined],
  );
});

test('what is no document passes as it is, and one that can not be read is 502', async (t) => {
  for (const [title, respond, status, text] of [
    ['not found', json('{"error":"x"}', 404), 404, '{"error":"x"}'],
    ['a page', (response) => response.end('<html>'), 200, '<html>'],
    ['duplicate keys', json('{"issuer":"a","issuer":"b"}'), 502, undefined],
    ['not JSON', json('<html>'), 502, undefined],
    [
      'methods',
      json('{"revocation_endpoint":"a","revocation_endpoint_auth_methods_supported":1}'),
      502,
      undefined,
    ],
    ['too large', json(`{"p":"${'x'.repeat(1_048_576)}"}`), 502, undefined],
  ] as readonly (readonly [string, Respond, number, string | undefined])[]) {
    const { answer } = await fetchDocument(t, {}, respond);
    assert.equal(answer.status, status, title);
    if (text !== undefined) assert.equal(answer.text, text);
  }
});

test('other methods reach the server, and other paths are configured', async (t) => {
  const path = `${OAUTH}/tenant`;
  const { gateway, upstream, answer, get } = await fetchDocument(
    t,
    { keys: `endpoints: {metadata: [${path}]}` },
    json(DOCUMENT),
    path,
  );
  assert.equal(answer.json()['tls_client_certificate_bound_access_tokens'], true);
  const { port, ca } = gateway;
  await httpsRequest({ port, ca, path, method: 'OPTIONS' });
  assert.equal(upstream.requests.at(-1)?.method, 'OPTIONS');
  await get(OAUTH);
  await gateway.logged(({ route, path: logged }) => route === 'forward' && logged === OAUTH);
});

test('a real server: its document with what the gateway adds', async (t) => {
  const provider = await startPlainProvider({ clients: [] });
  t.after(() => provider.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${provider.url}', metadata: {mtls_aliases_origin: '${ALIASES}'}}}`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const document = (await httpsRequest({ port, ca, path: OPENID })).json();
  assert.equal(document['tls_client_certificate_bound_access_tokens'], true);
  assert.deepEqual(Object.keys(document['mtls_endpoint_aliases'] as object).toSorted(), [
    'device_authorization_endpoint',
    'introspection_endpoint',
    'pushed_authorization_request_endpoint',
    'revocation_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
  ]);
});
