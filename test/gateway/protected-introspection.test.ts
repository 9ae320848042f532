import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { selfSigned } from '../support/pki.ts';
import { NOBODY, startProtected } from './protected-gateway.ts';
import type { ProtectedOptions } from './protected-gateway.ts';

const YAML = `
protected_paths:
  - {path: /api/*, source: introspection}
  - {path: /loose/*, source: introspection, binding: if_bound}
access_tokens: {introspection: {client_id: 'gate & way', client_secret: its own}}
`;

const client = await selfSigned({ subject: 'CN=client' });
const next = await selfSigned({ subject: 'CN=next' });

/** Before a server that binds tokens itself and answers so. */
const before = (
  t: TestContext,
  introspection: NonNullable<ProtectedOptions['introspection']>,
  yaml = YAML,
) =>
  startProtected(t, {
    isNative: true,
    yaml,
    introspection,
    files: { 'client.pem': client.certificatePem, 'next.pem': next.certificatePem },
    clients: `
  - client_id: renewing
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem, next.pem]
`,
  });

const bound = (more: object = {}) =>
  JSON.stringify({ active: true, cnf: { 'x5t#S256': client.thumbprint }, ...more });

test('the server is asked at each request, with the secret of the gateway alone', async (t) => {
  const { call, questions, passed } = await before(t, () => bound());
  for (let count = 1; count <= 2; count += 1) {
    assert.equal((await call('/api/x', 'a+b/c', { identity: client })).status, 200);
    assert.equal(questions().length, count);
  }
  const [asked] = questions();
  const pair = Buffer.from('gate+%26+way:its+own').toString('base64');
  assert.equal(asked?.headers.authorization, `Basic ${pair}`);
  assert.equal(asked?.body, 'token=a%2Bb%2Fc&token_type_hint=access_token');
  assert.equal(asked?.headers['client-cert'], undefined);
  assert.equal(passed().at(-1)?.headers.authorization, 'Bearer a+b/c');
});

test('a cnf needs its certificate under every binding (T31)', async (t) => {
  const { call, refusal, passed, gateway } = await before(t, () => bound());
  for (const path of ['/api/x', '/loose/x']) {
    for (const [identity, reason] of [
      [gateway.stranger, 'binding_mismatch'],
      [NOBODY, 'certificate_absent'],
    ] as const) {
      const told = await refusal(call(path, 'held', { identity }));
      assert.deepEqual([told.status, told.error, told.reason], [401, 'invalid_token', reason]);
    }
  }
  assert.equal(passed().length, 0);
});

test('T34: a cnf that is not x5t#S256 in its one notation is never taken for none', async (t) => {
  const hex = Buffer.from(client.thumbprint, 'base64url').toString('hex');
  const confirmations = [
    { 'x5t#S256': hex },
    { 'x5t#S256': hex.toUpperCase().replaceAll(/..(?!$)/g, '$&:') },
    { 'x5t#S256': `${client.thumbprint}=` },
    { 'x5t#S256': Buffer.from(client.thumbprint, 'base64url').toString('base64') },
    { 'x5t#S256': client.thumbprint.slice(1) },
    { 'x5t#S256': `${client.thumbprint}A` },
    { 'x5t#S256': [client.thumbprint] },
    { 'x5t#S256': null },
    { 'x5t#SHA256': client.thumbprint },
    { x5t: client.thumbprint },
    { jkt: client.thumbprint },
    {},
  ];
  const { call, refusal, passed } = await before(t, (token) =>
    JSON.stringify({ active: true, cnf: confirmations[Number(token)] }),
  );
  for (const index of confirmations.keys()) {
    for (const path of ['/api/x', '/loose/x']) {
      const told = await refusal(call(path, String(index), { identity: client }));
      assert.deepEqual([told.status, told.reason], [401, 'token_invalid'], `${index}`);
    }
  }
  assert.equal(passed().length, 0);
});

test('what is not active, or no access token, is refused', async (t) => {
  const answers: Readonly<Record<string, string>> = {
    inactive: '{"active":false}',
    refresh: bound({ token_type: 'Refresh' }),
    dpop: bound({ token_type: 'DPoP' }),
    unbound: '{"active":true}',
  };
  const { call, refusal, passed } = await before(t, (token) => answers[token] ?? '');
  for (const [token, reason] of [
    ['inactive', 'token_inactive'],
    ['refresh', 'token_invalid'],
    ['dpop', 'token_invalid'],
    ['unbound', 'token_unbound'],
  ] as const) {
    const told = await refusal(call('/api/x', token, { identity: client }));
    assert.deepEqual([told.status, told.reason], [401, reason], token);
  }
  assert.equal(passed().length, 0);
  assert.equal((await call('/loose/x', 'unbound', { identity: NOBODY })).status, 200);
});

test('T35, T38: an answer that does not clearly say it lets nobody in', async (t) => {
  const { thumbprint } = client;
  const answers = [
    '',
    '<html>',
    '[]',
    '{}',
    '{"active":"true"}',
    '{"active":1}',
    '{"active":false,"active":true}',
    `{"active":true,"cnf":{"x5t#S256":"a","x5t#S256":"${thumbprint}"}}`,
    `{"active":true,"cnf":"${thumbprint}"}`,
    `${bound()} trailing`,
    `\uFEFF${bound()}`,
    { status: 500, body: bound() },
    { status: 401, body: '{"error":"invalid_client"}' },
    { status: 201, body: bound() },
    { status: 302, body: bound() },
  ];
  const { call, refusal, passed } = await before(t, (token) => answers[Number(token)] ?? '');
  for (const index of answers.keys()) {
    const told = await refusal(call('/loose/x', String(index), { identity: client }));
    const expected = [502, 'server_error', 'upstream_answer_invalid'];
    assert.deepEqual([told.status, told.error, told.reason], expected, `${index}`);
  }
  assert.equal(passed().length, 0);
});

test('the overlap counts from the iat that the server states, and from nothing else', async (t) => {
  const seconds = Math.floor(Date.now() / 1_000);
  const answers: Readonly<Record<string, string>> = {
    young: bound({ client_id: 'renewing', iat: seconds - 60 }),
    old: bound({ client_id: 'renewing', iat: seconds - 7_200 }),
    ageless: bound({ client_id: 'renewing' }),
    anothers: bound({ client_id: 'self-signed', iat: seconds }),
    nobodys: bound({ iat: seconds }),
  };
  const { call, refusal, passed } = await before(
    t,
    (token) => answers[token] ?? '',
    YAML.replace('source: introspection}', 'source: introspection, overlap: 1h}'),
  );
  assert.equal((await call('/api/x', 'young', { identity: next })).status, 200);
  for (const token of ['old', 'ageless', 'anothers', 'nobodys']) {
    const told = await refusal(call('/api/x', token, { identity: next }));
    assert.deepEqual([told.status, told.reason], [401, 'binding_mismatch'], token);
  }
  assert.equal(passed().length, 1);
});

test('where the gateway binds, its own binding and the word of the server both count', async (t) => {
  const words = new Map<string, string>();
  const { call, token, refusal, passed, gateway } = await startProtected(t, {
    yaml: YAML,
    introspection: (asked) => words.get(asked) ?? '{"active":true}',
  });
  const held = await token();
  assert.equal((await call('/api/x', held)).status, 200);
  const stolen = await refusal(call('/api/x', held, { identity: gateway.stranger }));
  assert.deepEqual([stolen.status, stolen.reason], [401, 'binding_mismatch']);
  assert.equal((await refusal(call('/loose/x', 'elsewhere'))).reason, 'binding_unknown');

  words.set(held, '{"active":false}');
  assert.equal((await refusal(call('/api/x', held))).reason, 'token_inactive');
  for (const word of [
    { active: true, client_id: 'public' },
    { active: true, cnf: { 'x5t#S256': gateway.stranger.thumbprint } },
  ]) {
    words.set(held, JSON.stringify(word));
    const told = await refusal(call('/api/x', held));
    assert.deepEqual([told.status, told.reason], [502, 'binding_conflict']);
  }
  assert.equal(passed().length, 1);
});
