import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';

import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import * as oauth from 'oauth4webapi';

import { API, APP, ISSUER, LEDGER, startJwtGateway } from './jwt-gateway.ts';
import type { JwtGateway } from './jwt-gateway.ts';

/** What a resource server does that knows nothing but the metadata (RFC 9068 section 4). */
async function validate({ port, ca }: JwtGateway, token: string, audience = API) {
  const as: oauth.AuthorizationServer = { issuer: ISSUER, jwks_uri: `${ISSUER}/oauth2/jwks` };
  const incoming = new Request(audience, { headers: { authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(as, incoming, audience, {
    [oauth.customFetch]: async (url) => {
      const { pathname } = new URL(url);
      const asked = request({
        host: '127.0.0.1',
        port,
        ca,
        path: pathname,
        servername: 'localhost',
      });
      asked.end();
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      asked.once('error', reject);
      asked.once('response', (answer) => {
        const headers = { 'content-type': String(answer.headers['content-type']) };
        buffer(answer).then((body) => resolve(new Response(body, { headers })), reject);
      });
      return promise;
    },
  });
}

test('a JWT has all claims of RFC 9068 and the thumbprint of its certificate', async (t) => {
  const gateway = await startJwtGateway(t);
  const token = await gateway.token();
  const keys = createLocalJWKSet((await gateway.keySet()).json() as unknown as JSONWebKeySet);
  const expected = { issuer: ISSUER, audience: API, typ: 'at+jwt' };
  const { payload, protectedHeader } = await jwtVerify(token, keys, expected);
  assert.equal(protectedHeader.alg, 'ES256');
  assert.deepEqual(Object.keys(protectedHeader).toSorted(), ['alg', 'kid', 'typ']);
  const { exp = 0, iat = 0, jti = '', ...rest } = payload;
  assert.deepEqual(rest, {
    iss: ISSUER,
    aud: API,
    sub: 'jwt',
    client_id: 'jwt',
    cnf: { 'x5t#S256': gateway.client.thumbprint },
  });
  assert.equal(exp - iat, 3_600);
  assert.ok(jti.length >= 21);
});

test('a library for resource servers takes a JWT, and none that it could not hold to its certificate', async (t) => {
  const gateway = await startJwtGateway(t);
  const unbound = String((await gateway.login()).json()['access_token']);
  const claims = await validate(gateway, unbound, LEDGER);
  assert.deepEqual([claims.sub, claims.client_id, claims.aud], ['alice', 'app', [API, LEDGER]]);
  await assert.rejects(validate(gateway, unbound, 'https://other.example'), /aud/);
  await assert.rejects(validate(gateway, await gateway.token()), /Confirmation/);
});

test('introspection tells of a JWT what it tells of an opaque token, and who may hear it', async (t) => {
  const gateway = await startJwtGateway(t);
  const token = await gateway.token();
  const { exp, iat, jti } = decodeJwt(token);
  assert.deepEqual(await gateway.introspect(token), {
    active: true,
    client_id: 'jwt',
    sub: 'jwt',
    iss: ISSUER,
    aud: API,
    exp,
    iat,
    jti,
    token_type: 'Bearer',
    cnf: { 'x5t#S256': gateway.client.thumbprint },
  });
  const own = await gateway.post('/oauth2/introspect', { client_id: 'jwt', token }, gateway.client);
  assert.equal(own.json()['active'], true);
  const other = await gateway.post('/oauth2/introspect', { ...APP, token });
  assert.deepEqual(other.json(), { active: false });
  const nobody = await gateway.post('/oauth2/introspect', { client_id: 'jwt', token });
  assert.equal(nobody.status, 401);
  const hinted = await gateway.post(
    '/oauth2/introspect',
    { client_id: 'jwt', token, token_type_hint: 'refresh_token' },
    gateway.client,
  );
  assert.equal(hinted.json()['active'], true);
});

test('the JWT of a user says who and when, keeps the time over a refresh, and goes with the login', async (t) => {
  const gateway = await startJwtGateway(t);
  const before = Math.floor(Date.now() / 1_000);
  const first = (await gateway.login()).json();
  const token = String(first['access_token']);
  const claims = decodeJwt(token);
  const authTime = Number(claims['auth_time']);
  assert.ok(authTime >= before && authTime <= Date.now() / 1_000);
  assert.deepEqual([claims.sub, claims['client_id'], claims.aud], ['alice', 'app', [API, LEDGER]]);
  const told = await gateway.introspect(token);
  assert.deepEqual([told['active'], told['sub'], told['auth_time']], [true, 'alice', authTime]);
  assert.equal('grant_id' in told, false);

  const refreshed = await gateway.post('/oauth2/token', {
    ...APP,
    grant_type: 'refresh_token',
    refresh_token: String(first['refresh_token']),
  });
  const second = refreshed.json();
  const renewed = decodeJwt(String(second['access_token']));
  assert.deepEqual([renewed.sub, renewed['auth_time']], ['alice', authTime]);

  const form = { ...APP, token: String(second['refresh_token']) };
  assert.equal((await gateway.post('/oauth2/revoke', form)).status, 200);
  for (const each of [token, String(second['access_token'])]) {
    assert.deepEqual(await gateway.introspect(each), { active: false });
  }
});

test('a refresh token that comes back makes the JWTs of its login inactive', async (t) => {
  const gateway = await startJwtGateway(t);
  const first = (await gateway.login()).json();
  const form = {
    ...APP,
    grant_type: 'refresh_token',
    refresh_token: String(first['refresh_token']),
  };
  const second = (await gateway.post('/oauth2/token', form)).json();
  assert.equal((await gateway.introspect(String(second['access_token'])))['active'], true);
  assert.equal((await gateway.post('/oauth2/token', form)).status, 400);
  assert.deepEqual(await gateway.introspect(String(second['access_token'])), { active: false });
});

test('a revoked JWT is inactive, also after a restart, and only its own client revokes it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storePath = join(folder, 'store.sqlite');
  const gateway = await startJwtGateway(t, { storePath });
  const [token, kept] = [await gateway.token(), await gateway.token()];
  const foreign = await gateway.post('/oauth2/revoke', { ...APP, token });
  assert.deepEqual([foreign.status, foreign.json()['error']], [400, 'invalid_request']);
  assert.equal((await gateway.introspect(token))['active'], true);
  const own = { client_id: 'jwt', token };
  assert.equal((await gateway.post('/oauth2/revoke', own, gateway.client)).status, 200);
  assert.deepEqual(await gateway.introspect(token), { active: false });
  const again = await gateway.post('/oauth2/revoke', own, gateway.client);
  assert.equal(again.status, 200, 'RFC 7009 section 2.2');
  await gateway.close();

  const second = await startJwtGateway(t, { storePath });
  assert.deepEqual(await second.introspect(token), { active: false });
  assert.equal((await second.introspect(kept))['active'], true);
});

test('only the resources of a client can be named, and narrow whom its token is for', async (t) => {
  const gateway = await startJwtGateway(t);
  const one = await gateway.login({ resource: LEDGER });
  assert.equal(decodeJwt(String(one.json()['access_token'])).aud, LEDGER);
  const encoded = new URLSearchParams({
    ...APP,
    grant_type: 'client_credentials',
    resource: API,
  }).toString();
  const both = await gateway.post('/oauth2/token', `${encoded}&resource=${LEDGER}`);
  assert.deepEqual(decodeJwt(String(both.json()['access_token'])).aud, [API, LEDGER]);

  const other = { client_id: 'opaque', client_secret: 'opaque-secret' };
  const credentials = { grant_type: 'client_credentials' };
  for (const form of [
    { ...APP, ...credentials, resource: 'https://other.example' },
    { ...APP, ...credentials, resource: `${API}/` },
    { ...other, ...credentials, resource: API },
  ]) {
    const refused = await gateway.post('/oauth2/token', form);
    assert.deepEqual([refused.status, refused.json()['error']], [400, 'invalid_target']);
  }
  const mixed = await gateway.post('/oauth2/token', `${encoded}&resource=https://other.example`);
  assert.equal(mixed.json()['error'], 'invalid_target');

  const refresh = {
    ...APP,
    grant_type: 'refresh_token',
    refresh_token: String(one.json()['refresh_token']),
  };
  const wrong = await gateway.post('/oauth2/token', { ...refresh, resource: 'urn:other' });
  assert.equal(wrong.json()['error'], 'invalid_target');
  const right = await gateway.post('/oauth2/token', { ...refresh, resource: API });
  assert.equal(right.status, 200, 'the refused request has not used the refresh token up');
  assert.equal(decodeJwt(String(right.json()['access_token'])).aud, API);
});

test('a client without JWTs has opaque tokens as ever', async (t) => {
  const gateway = await startJwtGateway(t);
  const form = { client_id: 'opaque', client_secret: 'opaque-secret' };
  const answer = await gateway.post('/oauth2/token', { ...form, grant_type: 'client_credentials' });
  const token = String(answer.json()['access_token']);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal((await gateway.introspect(token))['active'], true);
});

test('the first of the configured algorithms signs, and each has a key', async (t) => {
  const gateway = await startJwtGateway(t, {
    signingKeys: 'signing_keys: {algorithms: [PS256, ES256, RS256]}',
  });
  const token = await gateway.token();
  const { keys } = (await gateway.keySet()).json() as unknown as JSONWebKeySet;
  assert.deepEqual(
    keys.map(({ alg }) => alg),
    ['PS256', 'ES256', 'RS256'],
  );
  const expected = { issuer: ISSUER, audience: API, algorithms: ['PS256'] };
  await jwtVerify(token, createLocalJWKSet({ keys }), expected);
  assert.equal((await gateway.introspect(token))['active'], true);
});
