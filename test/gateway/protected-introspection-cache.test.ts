import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import { selfSigned } from '../support/pki.ts';
import { NOBODY, startProtected } from './protected-gateway.ts';
import type { ProtectedOptions } from './protected-gateway.ts';

const client = await selfSigned({ subject: 'CN=client' });

const yaml = (cache: string) => `
protected_paths:
  - {path: /api/*, source: introspection}
  - {path: /loose/*, source: introspection, binding: if_bound}
access_tokens: {introspection: {client_id: gateway, client_secret: its own, ${cache}}}
`;

/** Before a server that binds tokens itself and answers so. */
const before = (
  t: TestContext,
  introspection: NonNullable<ProtectedOptions['introspection']>,
  cache = 'cache: {ttl: 1h}',
) => startProtected(t, { isNative: true, yaml: yaml(cache), introspection });

const bound = (more: object = {}) =>
  JSON.stringify({ active: true, cnf: { 'x5t#S256': client.thumbprint }, ...more });

test('a request without a certificate is refused without a question where a token needs one', async (t) => {
  const { call, refusal, questions } = await before(t, () => bound(), '');
  const told = await refusal(call('/api/x', 'held', { identity: NOBODY }));
  assert.deepEqual([told.status, told.reason], [401, 'certificate_absent']);
  assert.equal(questions().length, 0);
  const asked = await refusal(call('/loose/x', 'held', { identity: NOBODY }));
  assert.deepEqual([asked.status, asked.reason], [401, 'certificate_absent']);
  assert.equal(questions().length, 1, 'only the server knows whether that one is bound');
});

test('a token that the gateway bound to another certificate is refused without a question', async (t) => {
  const { call, token, refusal, questions, gateway } = await startProtected(t, { yaml: yaml('') });
  const held = await token();
  for (const path of ['/api/x', '/loose/x']) {
    for (const [identity, reason] of [
      [gateway.stranger, 'binding_mismatch'],
      [NOBODY, 'certificate_absent'],
    ] as const) {
      const told = await refusal(call(path, held, { identity }));
      assert.deepEqual([told.status, told.reason], [401, reason], path);
    }
  }
  assert.equal(questions().length, 0);
  assert.equal((await call('/api/x', held)).status, 200);
  assert.equal(questions().length, 1);
});

test('T36: an answer is used again for its token alone, and every certificate is compared with it', async (t) => {
  const { call, refusal, questions, gateway } = await before(t, () => bound());
  for (const path of ['/api/x', '/loose/x', '/api/y']) {
    assert.equal((await call(path, 'one', { identity: client })).status, 200);
    const stolen = await refusal(call(path, 'one', { identity: gateway.stranger }));
    assert.deepEqual([stolen.status, stolen.reason], [401, 'binding_mismatch']);
  }
  assert.equal(questions().length, 1);
  assert.equal((await call('/api/x', 'One', { identity: client })).status, 200);
  assert.equal(questions().length, 2);
});

test('T36: an answer is not used past the exp that it states', async (t) => {
  const past = Math.floor(Date.now() / 1_000);
  const { call, questions } = await before(t, () => bound({ exp: past }));
  for (let count = 1; count <= 2; count += 1) {
    await call('/api/x', 'held', { identity: client });
    assert.equal(questions().length, count);
  }
});

test('what can not be read, and what is no answer, is asked for again', async (t) => {
  const answers = [{ status: 500, body: bound() }, '<html>', '{"active":1}', bound()];
  let next = 0;
  const { call, questions } = await before(t, () => answers[next] ?? '');
  for (next of answers.keys()) {
    const { status } = await call('/api/x', 'held', { identity: client });
    assert.equal(status, next === 3 ? 200 : 502);
    assert.equal(questions().length, next + 1);
  }
});

test('a token that is revoked through the gateway is asked about again', async (t) => {
  let said = '{"active":true}';
  const { call, token, refusal, questions, gateway } = await startProtected(t, {
    yaml: yaml('cache: {ttl: 1h}'),
    introspection: () => said,
  });
  const [first, other] = [await token(), await token()];
  for (const held of [first, first, other]) {
    assert.equal((await call('/api/x', held)).status, 200);
  }
  assert.equal(questions().length, 2);
  said = '{"active":false}';
  const { port, ca } = gateway;
  const headers = [basic('anyone', 'known to the server')];
  const form = { token: first };
  await postForm({ port, ca, path: '/oauth2/revoke', form, headers });
  assert.equal((await refusal(call('/api/x', first))).reason, 'token_revoked');
  // Whoever revokes a token of a grant ends the others of it.
  assert.equal((await refusal(call('/api/x', other))).reason, 'token_inactive');
});
