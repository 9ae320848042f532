import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { SignJWT } from 'jose';

import { startDocumentServer } from '../fetch/document-server.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { NOBODY, startProtected } from './protected-gateway.ts';

const authority = await createAuthority({ name: 'Issuer CA' });
const identity = await authority.issue({ subject: 'CN=issuer', san: { ip: ['127.0.0.1'] } });
const client = await selfSigned({ subject: 'CN=client' });
const first = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const second = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://api.example';

const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid });

const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  client_id: 'self-signed',
  cnf: { 'x5t#S256': client.thumbprint },
};

interface Signing {
  readonly claims?: object;
  readonly header?: object;
  readonly key?: KeyObject;
  /** Seconds from now. */
  readonly expires?: number | undefined;
}

/** A token that is in order but for what the test changes. */
function sign({ claims = {}, header = {}, key = first.privateKey, expires = 600 }: Signing = {}) {
  const now = Math.floor(Date.now() / 1_000);
  const exp = Number.isNaN(expires) ? {} : { exp: now + expires };
  return new SignJWT({ ...CLAIMS, iat: now, ...exp, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'first', ...header })
    .sign(key);
}

async function start(t: TestContext, { more = '' } = {}) {
  let keys = [jwk(first.publicKey, 'first')];
  let status = 200;
  const server = await startDocumentServer(
    t,
    (_, response) => {
      response.statusCode = status;
      response.end(JSON.stringify({ keys }));
    },
    { identity },
  );
  const fixture = await startProtected(t, {
    isNative: true,
    files: { 'issuer-ca.pem': authority.certificatePem },
    yaml: `
protected_paths:
  - {path: /api/*, source: jwt}
  - {path: /loose/*, source: jwt, binding: if_bound}
access_tokens:
  jwt:
    issuer: ${ISSUER}
    jwks_uri: https://127.0.0.1:${server.port}/jwks
    ca: [issuer-ca.pem]
    audience: [${AUDIENCE}]
    clock_skew: 0s
${more}`,
  });
  return {
    ...fixture,
    fetches: () => server.requests.length,
    publish: (...published: typeof keys) => {
      keys = published;
    },
    fail: () => {
      status = 500;
    },
  };
}

test('a signed token passes with its certificate, and its keys are fetched once', async (t) => {
  const { call, passed, questions, fetches } = await start(t);
  for (let count = 0; count < 3; count += 1) {
    const token = await sign();
    assert.equal((await call('/api/x', token, { identity: client })).status, 200);
    assert.equal(passed().at(-1)?.headers.authorization, `Bearer ${token}`);
  }
  assert.deepEqual([questions().length, fetches()], [0, 1]);
});

test('T31: a signed token is refused with another certificate and with none', async (t) => {
  const { call, refusal, passed, gateway } = await start(t);
  for (const [shown, reason] of [
    [gateway.stranger, 'binding_mismatch'],
    [NOBODY, 'certificate_absent'],
  ] as const) {
    for (const path of ['/api/x', '/loose/x']) {
      const told = await refusal(call(path, await sign(), { identity: shown }));
      assert.deepEqual([told.status, told.error, told.reason], [401, 'invalid_token', reason]);
    }
  }
  const unbound = await sign({ claims: { cnf: undefined } });
  assert.equal((await refusal(call('/api/x', unbound))).reason, 'token_unbound');
  assert.equal(passed().length, 0);
  assert.equal((await call('/loose/x', unbound, { identity: NOBODY })).status, 200);
});

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signed with a text that everybody knows. */
function forged(header: object, secret: string | undefined): string {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const signed = `${base64url(header)}.${base64url({ ...CLAIMS, exp })}`;
  if (secret === undefined) return `${signed}.`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

test('T41: no token is taken that its issuer has not signed', async (t) => {
  const { call, refusal, passed, fetches } = await start(t);
  const publicPem = first.publicKey.export({ type: 'spki', format: 'pem' });
  const [header, payload, signature] = (await sign()).split('.');
  const head = { typ: 'at+jwt', kid: 'first' };
  const key = foreign.privateKey;
  const tokens = {
    none: forged({ ...head, alg: 'none' }, undefined),
    NONE: forged({ ...head, alg: 'NoNe' }, undefined),
    hmac: forged({ ...head, alg: 'HS256' }, publicPem),
    absent: forged(head, undefined),
    'foreign key': await sign({ key }),
    'own jwk': await sign({ key, header: { jwk: foreign.publicKey.export({ format: 'jwk' }) } }),
    'own jku': await sign({ key, header: { jku: 'https://127.0.0.1:9/', kid: 'foreign' } }),
    'kid of a file': await sign({ key, header: { kid: '../../dev/null' } }),
    'empty signature': `${header}.${payload}.`,
    'other payload': `${header}.${base64url({ ...CLAIMS, exp: 9e9 })}.${signature}`,
    'crit unknown': await sign().then((good) => {
      const changed = base64url({ alg: 'ES256', ...head, crit: ['x'], x: 1 });
      return `${changed}.${good.split('.').slice(1).join('.')}`;
    }),
    'no JWT': 'opaque-token',
    'five parts': 'a.b.c.d.e',
  };
  for (const [name, token] of Object.entries(tokens)) {
    const told = await refusal(call('/loose/x', token, { identity: client }));
    const expected = [401, 'invalid_token', 'token_invalid'];
    assert.deepEqual([told.status, told.error, told.reason], expected, name);
  }
  assert.equal(passed().length, 0);
  assert.equal(fetches(), 1);
});

test('a token of another issuer, time, resource or kind is refused', async (t) => {
  const { call, refusal, passed } = await start(t);
  const now = Math.floor(Date.now() / 1_000);
  const cases: Readonly<Record<string, Signing>> = {
    'other issuer': { claims: { iss: `${ISSUER}/` } },
    'no issuer': { claims: { iss: undefined } },
    'other audience': { claims: { aud: 'https://other.example' } },
    'no audience': { claims: { aud: undefined } },
    expired: { expires: -5 },
    'no expiry': { expires: Number.NaN },
    'not yet valid': { claims: { nbf: now + 300 } },
    'ID token': { header: { typ: 'JWT' } },
    'no typ': { header: { typ: undefined } },
    'logout token': { header: { typ: 'logout+jwt' } },
    'cnf of a key': { claims: { cnf: { jkt: 'x' } } },
  };
  for (const [name, signing] of Object.entries(cases)) {
    const told = await refusal(call('/loose/x', await sign(signing), { identity: client }));
    assert.deepEqual([told.status, told.reason], [401, 'token_invalid'], name);
  }
  assert.equal(passed().length, 0);
  const several = await sign({
    claims: { aud: ['other', AUDIENCE] },
    header: { typ: 'application/at+JWT' },
  });
  assert.equal((await call('/api/x', several, { identity: client })).status, 200);
});

test('a new key of the issuer is found, and unknown ones do not make anybody ask', async (t) => {
  const { call, refusal, publish, fetches } = await start(t, { more: 'jwks: {cooldown: 1ms}' });
  assert.equal((await call('/api/x', await sign(), { identity: client })).status, 200);
  publish(jwk(first.publicKey, 'first'), jwk(second.publicKey, 'second'));
  const signed = await sign({ key: second.privateKey, header: { kid: 'second' } });
  assert.equal((await call('/api/x', signed, { identity: client })).status, 200);
  assert.equal(fetches(), 2);
  // Of two keys nobody can say which one is meant.
  const nameless = await sign({ header: { kid: undefined } });
  assert.equal((await refusal(call('/api/x', nameless, { identity: client }))).status, 401);
});

test('within the cooldown an unknown key costs no fetch', async (t) => {
  const { call, refusal, fetches } = await start(t);
  assert.equal((await call('/api/x', await sign(), { identity: client })).status, 200);
  for (const kid of ['a', 'b', 'c']) {
    const token = await sign({ key: foreign.privateKey, header: { kid } });
    assert.equal((await refusal(call('/api/x', token, { identity: client }))).status, 401);
  }
  assert.equal(fetches(), 1);
});

test('without the keys of the issuer nobody passes, and the client may try again', async (t) => {
  const { call, refusal, passed, fail } = await start(t);
  fail();
  const told = await refusal(call('/api/x', await sign(), { identity: client }));
  assert.deepEqual(
    [told.status, told.error, told.reason],
    [503, 'temporarily_unavailable', 'token_keys_unavailable'],
  );
  assert.equal(passed().length, 0);
});
