import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { decodeJwt, decodeProtectedHeader } from 'jose';

import { createSqliteStore } from '../../src/store/sqlite.ts';
import type { KeyRing } from '../../src/token-service/keys/key-ring.ts';
import { encode, es256, hs256, spellings, unencoded } from './forged-tokens.ts';
import { APP, ISSUER, startJwtGateway } from './jwt-gateway.ts';
import type { JwtGateway } from './jwt-gateway.ts';

const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A gateway, one of its tokens, and its own private key: what no attacker has. */
async function start(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storePath = join(folder, 'store.sqlite');
  await (await startJwtGateway(t, { storePath })).close();
  const own = await storedKey(storePath);
  const gateway = await startJwtGateway(t, { storePath });
  const form = { ...APP, grant_type: 'client_credentials' };
  const token = String((await gateway.post('/oauth2/token', form)).json()['access_token']);
  const [, payload = '', signature = ''] = token.split('.');
  return { gateway, own, token, payload, signature, header: { ...decodeProtectedHeader(token) } };
}

async function storedKey(path: string): Promise<KeyObject> {
  const store = await createSqliteStore({ path, maxRecords: 100, timeoutMs: 10_000 });
  const record = await store.get('token-service', 'key-ring');
  await store.close();
  const [generation] = JSON.parse(record?.value ?? '[]') as KeyRing;
  const [key] = generation?.signing ?? [];
  assert.ok(key !== undefined);
  return createPrivateKey({ key, format: 'jwk' });
}

/** None is active, none revokes the token whose `jti` it has, and none is worth an error. */
async function refuseAll(
  gateway: JwtGateway,
  { token, forgeries }: { readonly token: string; readonly forgeries: readonly string[] },
): Promise<void> {
  for (const forged of forgeries) {
    assert.notEqual(forged, token);
    const shown = forged.split('.', 1)[0] ?? '';
    const header = Buffer.from(shown, 'base64url').toString('utf8');
    assert.deepEqual(await gateway.introspect(forged), { active: false }, header);
    const revoked = await gateway.post('/oauth2/revoke', { ...APP, token: forged });
    assert.equal(revoked.status, 200, 'RFC 7009 section 2.2');
  }
  assert.equal((await gateway.introspect(token))['active'], true);
}

test('T41: a token without a signature is none of ours, however its alg is spelled', async (t) => {
  const { gateway, token, payload, signature, header } = await start(t);
  const nones = spellings('none');
  assert.equal(nones.length, 16);
  await refuseAll(gateway, {
    token,
    forgeries: [
      ...nones.map((alg) => `${encode({ ...header, alg })}.${payload}.`),
      ...nones.map((alg) => `${encode({ ...header, alg })}.${payload}.${signature}`),
      `${encode(header)}.${payload}.`,
      `${encode(header)}.${payload}`,
      `${encode(header)}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
    ],
  });
});

test('T41: our public key is no secret to sign with', async (t) => {
  const { gateway, own, token, payload, header } = await start(t);
  const publicKey = createPublicKey(own);
  const jwk = publicKey.export({ format: 'jwk' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const secrets = [
    pem,
    pem.trim(),
    pem.replaceAll('\n', ''),
    publicKey.export({ format: 'der', type: 'spki' }),
    JSON.stringify(jwk),
    Buffer.from(jwk.x ?? '', 'base64url'),
    jwk.x ?? '',
    '',
  ];
  const forgeries = ['HS256', 'hs256', 'ES256'].flatMap((alg) =>
    secrets.map((secret) => hs256(secret, { ...header, alg }, payload)),
  );
  await refuseAll(gateway, { token, forgeries });
});

test('T41: no token brings its own key, and nothing is fetched for one', async (t) => {
  const { gateway, own, token, payload, header } = await start(t);
  let connections = 0;
  const trap = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  t.after(() => trap.close());
  trap.listen(0, '127.0.0.1');
  await once(trap, 'listening');
  const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/keys`;
  const jwk = attacker.publicKey.export({ format: 'jwk' });
  const x5c = [Buffer.from(gateway.stranger.certificate).toString('base64')];
  const members: readonly object[] = [
    { jwk },
    { jwk: { ...jwk, kid: header.kid } },
    { jku: url },
    { x5u: url },
    { x5c },
    { jku: url, x5u: url, jwk, x5c },
  ];
  const forgeries = members.flatMap((more) => [
    es256(attacker.privateKey, { ...header, ...more }, payload),
    es256(attacker.privateKey, { ...header, ...more, kid: undefined }, payload),
    es256(attacker.privateKey, { ...header, ...more, kid: 'mine' }, payload),
    // Not even beside our own signature: we write no such header.
    es256(own, { ...header, ...more }, payload),
  ]);
  await refuseAll(gateway, { token, forgeries });
  assert.equal(connections, 0);
});

test('T41: the name of a key is a name, and no path, query or member of an object', async (t) => {
  const { gateway, own, token, payload, header } = await start(t);
  const kids: readonly unknown[] = [
    '../../../../../../dev/null',
    '/dev/null',
    'file:///dev/null',
    "' OR '1'='1",
    '__proto__',
    'constructor',
    '',
    `${header.kid}\u0000`,
    ` ${header.kid}`,
    0,
    null,
    [header.kid],
    { toString: header.kid },
    undefined,
  ];
  const forgeries = kids.flatMap((kid) => [
    hs256('', { ...header, alg: 'HS256', kid }, payload),
    es256(attacker.privateKey, { ...header, kid }, payload),
    es256(own, { ...header, kid }, payload),
  ]);
  await refuseAll(gateway, { token, forgeries });
});

test('T41: what our key has signed for another use, or with another header, is no access token', async (t) => {
  const { gateway, own, token, payload, header } = await start(t);
  const types = [
    undefined,
    '',
    'JWT',
    'at+JWT',
    'AT+JWT',
    'application/at+jwt',
    'logout+jwt',
    'token-introspection+jwt',
    'at+jwt ',
    ['at+jwt'],
  ];
  const forgeries = [
    ...types.map((typ) => es256(own, { ...header, typ }, payload)),
    ...unencoded(own, header, payload),
    es256(own, { ...header, b64: true }, payload),
    es256(own, { ...header, crit: [] }, payload),
    es256(own, { ...header, crit: ['exp'], exp: 1 }, payload),
    es256(own, { ...header, zip: 'DEF' }, payload),
    es256(own, { ...header, alg: 'RS256' }, payload),
    es256(own, { ...header, alg: 'ES384' }, payload),
    es256(own, { ...header, alg: ['ES256'] }, payload),
    es256(own, [header], payload),
    es256(own, header, encode([decodeJwt(token)])),
    es256(own, header, encode('text')),
  ];
  await refuseAll(gateway, { token, forgeries });
  const genuine = es256(own, header, payload);
  assert.equal((await gateway.introspect(genuine))['active'], true, 'the forgeries are well made');
});

test('a token must have all that we write, and be in force', async (t) => {
  const { gateway, own, token, header } = await start(t);
  const now = Math.floor(Date.now() / 1_000);
  const changes: readonly object[] = [
    { exp: undefined },
    { exp: now - 1 },
    { exp: String(now + 60) },
    { exp: null },
    { iat: undefined },
    { jti: undefined },
    { jti: 7 },
    { sub: undefined },
    { aud: undefined },
    { client_id: undefined },
  ];
  const claims = decodeJwt(token);
  const forgeries = changes.map((change) => es256(own, header, encode({ ...claims, ...change })));
  await refuseAll(gateway, { token, forgeries });
});

test('a token is active with its client, its user and the login that it came of', async (t) => {
  const { gateway, own, token, header } = await start(t);
  const claims = decodeJwt(token);
  const gone: readonly object[] = [
    { client_id: 'nobody', sub: 'nobody' },
    { sub: 'mallory' },
    { sub: 'alice', grant_id: 'no-such-login' },
  ];
  for (const change of gone) {
    const orphan = es256(own, header, encode({ ...claims, ...change }));
    assert.deepEqual(await gateway.introspect(orphan), { active: false });
  }
  const login = decodeJwt(String((await gateway.login()).json()['access_token']));
  for (const change of [{ sub: 'mallory' }, { client_id: 'opaque' }]) {
    const moved = es256(own, header, encode({ ...login, ...change }));
    assert.deepEqual(await gateway.introspect(moved), { active: false });
  }
});

test('T48: a token of another issuer, or of none, is not active, not even with our key', async (t) => {
  const { gateway, own, token, header } = await start(t);
  const claims = decodeJwt(token);
  const issuers = [
    undefined,
    null,
    '',
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    'https://localhost',
    'https://other.example',
    [ISSUER],
  ];
  const forgeries = issuers.map((iss) => es256(own, header, encode({ ...claims, iss })));
  await refuseAll(gateway, { token, forgeries });
});

test('T48: two issuers do not take the tokens of each other, also where they share a store', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storePath = join(folder, 'store.sqlite');
  const first = await startJwtGateway(t, { storePath });
  const foreign = await first.token();
  const keys = (await first.keySet()).text;
  await first.close();
  const issuer = 'https://other.example';
  const sharing = await startJwtGateway(t, { storePath, issuer });
  assert.equal((await sharing.keySet()).text, keys);
  const apart = await startJwtGateway(t, { issuer });
  for (const other of [sharing, apart]) {
    assert.deepEqual(await other.introspect(foreign), { active: false });
    assert.equal((await other.introspect(await other.token()))['active'], true);
  }
});
