import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { randomBytes } from 'node:crypto';

import { httpsRequest, postForm } from '../support/https-client.ts';
import { HOUR_MS, selfSigned } from '../support/pki.ts';
import { NOBODY, startProtected } from './protected-gateway.ts';
import type { ProtectedOptions } from './protected-gateway.ts';

const PATHS = `
protected_paths:
  - path: /api/*
  - {path: /loose/*, binding: if_bound}
`;

const start = (t: TestContext, options: Partial<ProtectedOptions> = {}) =>
  startProtected(t, { yaml: PATHS, ...options });

test('a token passes with its own certificate, and goes on as it is', async (t) => {
  const { call, token, passed } = await start(t);
  const held = await token();
  for (const path of ['/api', '/api/accounts?page=1', '/loose/x']) {
    const answer = await call(path, held);
    assert.deepEqual([answer.status, answer.json()], [200, { served: true }], path);
    assert.equal(passed().at(-1)?.url, path);
    assert.equal(passed().at(-1)?.headers.authorization, `Bearer ${held}`);
  }
  assert.equal((await call('/open', undefined)).status, 200);
});

test('T31: a stolen token is refused with every other certificate and with none', async (t) => {
  const { call, token, passed, refusal, gateway } = await start(t);
  const held = await token();
  for (const [identity, reason] of [
    [gateway.stranger, 'binding_mismatch'],
    [gateway.pkiClient, 'binding_mismatch'],
    [NOBODY, 'certificate_absent'],
  ] as const) {
    for (const path of ['/api/x', '/loose/x']) {
      const { challenge = '', ...told } = await refusal(call(path, held, { identity }));
      assert.deepEqual(told, { status: 401, error: 'invalid_token', reason });
      assert.match(challenge, /^Bearer realm="certbound", error="invalid_token", error_desc/);
    }
  }
  assert.equal(passed().length, 0);
});

test("T18: the victim's certificate, appended to a chain of one's own, is not presented", async (t) => {
  const { call, token, passed, refusal, gateway } = await start(t);
  const held = await token();
  const { stranger, client } = gateway;
  const identity = {
    certificatePem: `${stranger.certificatePem}${client.certificatePem}`,
    privateKeyPem: stranger.privateKeyPem,
  };
  const { status, reason } = await refusal(call('/api/x', held, { identity }));
  assert.deepEqual([status, reason], [401, 'binding_mismatch']);
  assert.equal(passed().length, 0);
});

test('T20: a certificate in a header is not presented', async (t) => {
  const { call, token, passed, refusal, gateway } = await start(t);
  const held = await token();
  const der = Buffer.from(gateway.client.certificate).toString('base64');
  for (const header of [
    ['client-cert', `:${der}:`],
    ['x-wso2-mtls-cert', der],
    ['x-ssl-client-cert', encodeURIComponent(gateway.client.certificatePem)],
  ] as const) {
    const told = await refusal(call('/api/x', held, { identity: NOBODY, headers: [header] }));
    assert.deepEqual([told.status, told.reason], [401, 'certificate_absent'], header[0]);
  }
  assert.equal(passed().length, 0);
});

test('what is no access token issued here is refused', async (t) => {
  const { call, token, passed, refusal, gateway } = await start(t);
  const held = await token();
  for (const [presented, reason] of [
    ['never-issued', 'binding_unknown'],
    [held.toUpperCase(), 'binding_unknown'],
    ['refresh-1', 'token_invalid'],
  ] as const) {
    const told = await refusal(call('/api/x', presented));
    assert.deepEqual([told.status, told.error, told.reason], [401, 'invalid_token', reason]);
  }
  const { port, ca, client } = gateway;
  const form = { token: held, client_id: 'self-signed' };
  await postForm({ port, ca, path: '/oauth2/revoke', form, ...client });
  assert.equal((await refusal(call('/api/x', held))).reason, 'token_revoked');
  assert.ok(passed().every(({ url }) => url === '/oauth2/revoke'));
});

test('a token that is bound to nothing passes only where it may', async (t) => {
  const { call, token, refusal, passed } = await start(t);
  const held = await token('public', NOBODY);
  const told = await refusal(call('/api/x', held));
  assert.deepEqual([told.status, told.error, told.reason], [401, 'invalid_token', 'token_unbound']);
  assert.equal(passed().length, 0);
  for (const identity of [NOBODY, undefined]) {
    assert.equal((await call('/loose/x', held, { identity })).status, 200);
  }
});

test('without a token no error code is told (RFC 6750 section 3.1)', async (t) => {
  const { call, refusal, passed } = await start(t);
  for (const headers of [
    [],
    [['authorization', 'Basic YTpi']],
    [['authorization', 'DPoP abc']],
    [['authorization', 'Bearertoken']],
  ] as const) {
    const told = await refusal(call('/api/x', undefined, { headers }));
    assert.deepEqual(told, {
      status: 401,
      error: 'token_required',
      reason: 'token_absent',
      challenge: 'Bearer realm="certbound"',
    });
  }
  assert.equal(passed().length, 0);
});

test('a token is taken from one place alone', async (t) => {
  const { call, token, refusal, passed } = await start(t);
  const held = await token();
  const form = (type: string, body: string, more: readonly [string, string][] = []) => ({
    method: 'POST',
    headers: [['content-type', type] as const, ...more],
    body,
  });
  const FORM = 'application/x-www-form-urlencoded';
  const cases = [
    [call('/api/x?access_token=stolen', held), 'request_parameter_in_query'],
    [call('/api/x?a=b&Access%5Ftoken=stolen', held), 'request_parameter_in_query'],
    [call('/api/x?a;access.token[]=stolen', undefined), 'request_parameter_in_query'],
    [
      call('/api/x', held, { headers: [['authorization', 'Bearer b']] }),
      'request_header_ambiguous',
    ],
    [call('/api/x', `${held} b`), 'request_malformed'],
    [call('/api/x', `${held},b`), 'request_malformed'],
    [call('/api/x', ''), 'request_malformed'],
    [call('/api/x', held, form(FORM, 'a=b&access_token=stolen')), 'request_token_in_body'],
    [
      call('/api/x', held, form(`${FORM}; charset=UTF-8`, 'acc%65ss_token=c')),
      'request_token_in_body',
    ],
    // `access_token=c` for a server that reads by the charset.
    [
      call('/api/x', held, form(`${FORM}; charset=IBM037`, '%81%83%83%85%A2%A2m%A3%96%92%85%95=c')),
      'request_content_type',
    ],
    [call('/api/x', held, form(`${FORM};a=b; charset="utf-16"`, 'x')), 'request_content_type'],
    [call('/api/x', held, form(FORM, 'x', [['content-encoding', 'gzip']])), 'request_content_type'],
    [call('/api/x', held, form(FORM, 'x', [['content-type', FORM]])), 'request_content_type'],
  ] as const;
  for (const [index, [answer, reason]] of cases.entries()) {
    const told = await refusal(answer);
    assert.equal(told.status, 400, `${index}`);
    assert.equal(told.reason, reason, `${index}`);
    assert.match(told.challenge ?? '', /error="invalid_request"/, `${index}`);
  }
  assert.equal(passed().length, 0);
});

test('bodies go on, forms as well as others', async (t) => {
  const { call, token, passed } = await start(t);
  const held = await token();
  for (const [type, body] of [
    ['application/x-www-form-urlencoded', 'a=b&token=%FF&c='],
    ['application/json', '{"access_token":"a field of the resource"}'],
    ['application/octet-stream', 'access_token=x'],
  ] as const) {
    const headers = [['content-type', type]] as const;
    assert.equal((await call('/api/x', held, { method: 'POST', headers, body })).status, 200);
    const last = passed().at(-1);
    assert.deepEqual([last?.body, last?.headers['content-type']], [body, type]);
  }
});

test('a form beyond its bound is refused, not kept', async (t) => {
  const { call, token, refusal, passed } = await start(t);
  const told = await refusal(
    call('/api/x', await token(), {
      method: 'POST',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: `a=${'b'.repeat(262_144)}`,
    }),
  );
  assert.deepEqual([told.status, told.reason], [413, 'request_too_large']);
  assert.equal(passed().length, 0);
});

test('no spelling leads past a guard (T57)', async (t) => {
  const { call, passed } = await start(t);
  for (const path of ['/API/x', '//api/x', '/%61pi/x', '/api;x/y', '/x/../api/y', '/api%2fx']) {
    assert.equal((await call(path, undefined)).status, 400, path);
  }
  assert.equal((await call('/apis', undefined)).status, 200);
  assert.equal(passed().length, 1);
});

test('a certificate that is out of date proves nothing, though the token is bound to it', async (t) => {
  const expired = await selfSigned({ subject: 'CN=old', notAfter: Date.now() - HOUR_MS / 2 });
  const { call, refusal, passed } = await start(t, {
    isNative: true,
    yaml: `
protected_paths: [{path: /api/*, source: introspection}]
access_tokens: {introspection: {client_id: gateway, client_secret: s}}
`,
    introspection: () => JSON.stringify({ active: true, cnf: { 'x5t#S256': expired.thumbprint } }),
  });
  const told = await refusal(call('/api/x', 'any', { identity: expired }));
  assert.deepEqual(
    [told.status, told.error, told.reason],
    [401, 'invalid_token', 'certificate_expired'],
  );
  assert.equal(passed().length, 0);
});

test('a sealed token is opened here, and the server gets its own', async (t) => {
  const { call, token, refusal, passed, gateway } = await start(t, {
    upstream: 'token_binding: {kept: sealed, sealing_keys: [seal.key]}',
    files: { 'seal.key': randomBytes(32).toString('base64') },
  });
  const held = await token();
  assert.match(held, /^cbs1\./);
  assert.equal((await call('/api/x', held)).status, 200);
  assert.equal(passed().at(-1)?.headers.authorization, 'Bearer token-1');
  for (const [presented, identity, reason] of [
    [held, gateway.stranger, 'binding_mismatch'],
    [held, NOBODY, 'certificate_absent'],
    ['token-1', gateway.client, 'binding_unknown'],
    [`${held.slice(0, -2)}AA`, gateway.client, 'binding_unknown'],
  ] as const) {
    assert.equal((await refusal(call('/api/x', presented, { identity }))).reason, reason);
  }
  assert.equal(passed().length, 1);
});

for (const [where, upstream, path] of [
  ['where most servers have it', '', '/oauth2/userinfo'],
  ['where the configuration says', 'endpoints: {userinfo: /own/me}', '/own/me'],
] as const) {
  test(`userinfo is guarded ${where}`, async (t) => {
    const { call, token, refusal, passed, gateway } = await start(t, { upstream, yaml: '' });
    const held = await token();
    assert.equal((await call(path, held)).status, 200);
    const loose = await token('public', NOBODY);
    assert.equal((await call(path, loose, { identity: NOBODY })).status, 200);
    const identity = gateway.stranger;
    const stolen = await refusal(call(path, held, { identity }));
    assert.deepEqual([stolen.status, stolen.reason], [401, 'binding_mismatch']);
    assert.equal((await refusal(call(path, undefined))).status, 401);
    assert.equal((await call(path.replace(/\/(\w+)$/, '//$1'), undefined)).status, 400);
    assert.equal(passed().length, 2);
    assert.ok(gateway.log().some(({ route }) => route === 'userinfo'));
  });
}

test('a protected path takes the place of what holds for userinfo', async (t) => {
  const { call, token, refusal } = await start(t, {
    upstream: 'endpoints: {userinfo: /oauth2/userinfo}',
    yaml: 'protected_paths: [{path: /oauth2/userinfo, binding: required}]',
  });
  const loose = await token('public', NOBODY);
  assert.equal((await refusal(call('/oauth2/userinfo', loose))).reason, 'token_unbound');
});

test('another certificate of the same client passes during the overlap alone', async (t) => {
  const next = await selfSigned({ subject: 'CN=next' });
  const clients = `
  - client_id: renewing
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem, next.pem]
    upstream: {client_secret: kept}
`;
  const { call, token, refusal, passed, gateway } = await start(t, {
    clients,
    files: { 'next.pem': next.certificatePem },
    yaml: `
protected_paths:
  - {path: /strict/*}
  - {path: /api/*, overlap: 1h}
`,
  });
  const held = await token('renewing');
  assert.equal((await call('/api/x', held, { identity: next })).status, 200);
  for (const [path, presented, identity] of [
    ['/strict/x', held, next],
    ['/api/x', held, gateway.stranger],
    ['/api/x', held, NOBODY],
    // Registered, but for another client.
    ['/api/x', await token('self-signed'), next],
  ] as const) {
    assert.equal((await refusal(call(path, presented, { identity }))).status, 401);
  }
  assert.equal(passed().length, 1);

  const { port, ca } = gateway;
  const form = { token: held, client_id: 'renewing' };
  const told = await postForm({ port, ca, path: '/oauth2/introspect', form, ...next });
  assert.deepEqual(told.json()['cnf'], { 'x5t#S256': gateway.client.thumbprint });
});

test('a request that is refused by the policy of its route never shows its token', async (t) => {
  const { gateway, passed } = await start(t, {
    yaml: `${PATHS}routes: [{path: /api/*, client_certificate: require_trusted}]`,
  });
  const { port, ca, client } = gateway;
  const answer = await httpsRequest({ port, ca, path: '/api/x', ...client });
  assert.deepEqual([answer.status, answer.json()['error']], [403, 'client_certificate_untrusted']);
  assert.equal(passed().length, 0);
});
