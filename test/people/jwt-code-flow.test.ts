/** The authorization code flow of a client whose access tokens are JWTs. */

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';

import { encode, es256, spellings } from '../gateway/forged-tokens.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import type { Visitor } from './page-visitor.ts';
import {
  askToken,
  authorizationUrl,
  codeOf,
  consentTo,
  createPkce,
  DONE_URI,
  redemption,
  REDIRECT_URI,
  startPeople,
} from './people-gateway.ts';

const API = 'https://api.example';

const CLIENT = `
  - client_id: signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [authorization_code, refresh_token]
    redirect_uris: ['${REDIRECT_URI}']
    post_logout_redirect_uris: ['${DONE_URI}']
    scope: openid profile accounts
    access_token_format: jwt
    audience: ['${API}']
`;

interface Login {
  readonly gateway: GatewayFixture;
  readonly visitor: Visitor;
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly token: string;
}

async function logIn(t: TestContext, scope = 'openid profile accounts'): Promise<Login> {
  const gateway = await startPeople(t, { clients: CLIENT });
  const visitor = createVisitor(gateway);
  const pkce = createPkce();
  const start = authorizationUrl({ client_id: 'signed', scope, resource: API }, pkce);
  const code = codeOf(await consentTo(visitor, start));
  const form = { ...redemption(code, pkce), client_id: 'signed' };
  const answer = await askToken(gateway, form, gateway.client);
  assert.equal(answer.status, 200, answer.text);
  const tokens = answer.json();
  return { gateway, visitor, tokens, token: String(tokens['access_token']) };
}

function userinfo(
  { port, ca }: GatewayFixture,
  token: string,
  certificate?: Issued,
): Promise<ClientAnswer> {
  const headers = [['authorization', `Bearer ${token}`]] as const;
  return httpsRequest({ port, ca, path: '/oauth2/userinfo', headers, ...certificate });
}

async function introspect({ port, ca }: GatewayFixture, token: string) {
  const headers = [basic('resource-server', 'rs-secret')];
  const answer = await postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
  return answer.json();
}

test('the JWT of a login has its scopes and its time, and is good for userinfo with its certificate', async (t) => {
  const { gateway, tokens, token } = await logIn(t);
  const { port, ca, client, stranger } = gateway;
  const keys = (await httpsRequest({ port, ca, path: '/oauth2/jwks' })).json();
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys as unknown as JSONWebKeySet), {
    issuer: ISSUER,
    audience: API,
    typ: 'at+jwt',
  });
  assert.deepEqual(
    [payload.sub, payload['client_id'], payload['scope'], payload['cnf']],
    ['alice', 'signed', 'openid profile accounts', { 'x5t#S256': client.thumbprint }],
  );
  assert.deepEqual(payload.aud, [API, `${ISSUER}/oauth2/userinfo`]);
  const authTime = Number(payload['auth_time']);
  assert.ok(authTime > 0 && authTime <= Date.now() / 1_000);

  const told = await userinfo(gateway, token, client);
  assert.deepEqual(told.json(), { sub: 'alice', preferred_username: 'alice' });
  assert.equal((await userinfo(gateway, token, stranger)).status, 401);
  assert.equal((await userinfo(gateway, token)).status, 401);

  const form = {
    client_id: 'signed',
    grant_type: 'refresh_token',
    refresh_token: String(tokens['refresh_token']),
  };
  const refreshed = (await askToken(gateway, form, client)).json();
  const renewed = decodeJwt(String(refreshed['access_token']));
  assert.deepEqual(
    [renewed['auth_time'], renewed['scope'], renewed.aud],
    [authTime, payload['scope'], payload.aud],
  );
});

test('a JWT without openid is for the resource server alone, and no use at userinfo', async (t) => {
  const { gateway, token } = await logIn(t, 'accounts');
  const { aud, scope } = decodeJwt(token);
  assert.deepEqual([aud, scope], [API, 'accounts']);
  assert.notEqual((await userinfo(gateway, token, gateway.client)).status, 200);
  assert.equal((await introspect(gateway, token))['active'], true);
});

test('the JWT of a session ends with it', async (t) => {
  const { gateway, visitor, token } = await logIn(t);
  assert.equal((await introspect(gateway, token))['active'], true);
  const leave = await visitor.open('/oauth2/logout');
  await visitor.submit(leave, { logout: 'yes' });
  assert.deepEqual(await introspect(gateway, token), { active: false });
  assert.equal((await userinfo(gateway, token, gateway.client)).status, 401);
});

test('a resource that is none of the client is refused where people are sent to', async (t) => {
  const gateway = await startPeople(t, { clients: CLIENT });
  for (const client of ['signed', 'app']) {
    const start = authorizationUrl({ client_id: client, resource: 'https://other.example' });
    const { url } = await createVisitor(gateway).open(start);
    assert.equal(url.searchParams.get('error'), 'invalid_target');
  }
});

test('T41: userinfo takes no forged token, nor the logout a forged id_token_hint', async (t) => {
  const { gateway, visitor, tokens, token } = await logIn(t);
  const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { port, ca, client } = gateway;
  const keys = (await httpsRequest({ port, ca, path: '/oauth2/jwks' })).text;
  const forge = (genuine: string): readonly string[] => {
    const [, payload = '', signature = ''] = genuine.split('.');
    const header = decodeProtectedHeader(genuine);
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    const hmacHeader = `${encode({ ...header, alg: 'HS256' })}.${payload}`;
    const hmac = createHmac('sha256', keys).update(hmacHeader).digest('base64url');
    return [
      ...spellings('none').map((alg) => `${encode({ ...header, alg })}.${payload}.`),
      `${encode({ ...header, alg: 'none' })}.${payload}.${signature}`,
      `${encode(header)}.${payload}.`,
      `${hmacHeader}.${hmac}`,
      es256(attacker.privateKey, { ...header, jwk }, payload),
      es256(attacker.privateKey, { ...header, kid: undefined, jwk }, payload),
      es256(attacker.privateKey, { ...header, jku: 'http://127.0.0.1:1/keys' }, payload),
      es256(attacker.privateKey, { ...header, kid: '../../../dev/null' }, payload),
    ];
  };
  for (const forged of forge(token)) {
    assert.equal((await userinfo(gateway, forged, client)).status, 401);
  }
  const idToken = String(tokens['id_token']);
  assert.equal((await userinfo(gateway, idToken, client)).status, 401, 'another typ');
  for (const forged of forge(idToken)) {
    const query = new URLSearchParams({
      id_token_hint: forged,
      post_logout_redirect_uri: DONE_URI,
    });
    const { answer } = await visitor.open(`/oauth2/logout?${query.toString()}`);
    assert.equal(answer.status, 400);
  }
  assert.equal((await userinfo(gateway, token, client)).status, 200);
});
