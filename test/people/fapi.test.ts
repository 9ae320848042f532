/** The FAPI 2.0 Security Profile (Final) at the embedded token service, clause by clause. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

import * as client from 'openid-client';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { clientLibrary } from './client-library.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import { askToken, authorizationUrl, consentTo, REDIRECT_URI, USER } from './people-gateway.ts';

const YAML = `
token_service:
  embedded:
    issuer: ${ISSUER}
    profile: fapi_2_0
    introspection_callers: [resource-server]
    users_file: users
clients:
  - client_id: app
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [authorization_code, refresh_token, client_credentials]
    redirect_uris: ['${REDIRECT_URI}']
    scope: openid offline_access
  - client_id: resource-server
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    grant_types: []
`;

async function startFapi(t: TestContext): Promise<GatewayFixture> {
  const hash = formatPasswordHash(await hashPassword(USER.password));
  const files = { users: `${USER.username}:${hash}\n` };
  const gateway = await startGateway({ yaml: YAML, files });
  t.after(() => gateway.close());
  return gateway;
}

async function introspect({ port, ca, pkiClient }: GatewayFixture, token: string) {
  const form = { client_id: 'resource-server', token };
  return (await postForm({ port, ca, path: '/oauth2/introspect', form, ...pkiClient })).json();
}

function push(
  { port, ca }: GatewayFixture,
  certificate: Issued | undefined,
  changed: Readonly<Record<string, string | undefined>> = {},
): Promise<ClientAnswer> {
  const form = Object.fromEntries(authorizationUrl(changed).searchParams);
  return postForm({ port, ca, path: '/oauth2/par', form, ...certificate });
}

test('the flow of the profile passes with a client library, and tokens are bound', async (t) => {
  const gateway = await startFapi(t);
  const config = await clientLibrary(gateway, gateway.client);
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const start = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access',
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const { url: back } = await consentTo(createVisitor(gateway), start);
  assert.equal(back.searchParams.get('iss'), ISSUER);
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const [header = ''] = (tokens.id_token ?? '').split('.');
  const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string };
  assert.equal(alg, 'ES256');
  const bound = { 'x5t#S256': gateway.client.thumbprint };
  assert.deepEqual((await introspect(gateway, tokens.access_token))['cnf'], bound);

  const old = tokens.refresh_token ?? '';
  const first = await client.refreshTokenGrant(config, old);
  assert.ok(first.refresh_token === undefined || first.refresh_token === old, 'not rotated');
  const second = await client.refreshTokenGrant(config, old);
  assert.deepEqual((await introspect(gateway, second.access_token))['cnf'], bound);
  const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: old };
  for (const certificate of [undefined, gateway.stranger]) {
    const stolen = await askToken(gateway, form, certificate);
    assert.deepEqual([stolen.status, stolen.json()['error']], [401, 'invalid_client']);
  }
});

test('what is not pushed, or pushed without what the profile demands, is refused', async (t) => {
  const gateway = await startFapi(t);
  const { url } = await createVisitor(gateway).open(authorizationUrl());
  assert.equal(url.searchParams.get('error'), 'invalid_request');
  assert.equal(url.searchParams.get('code'), null);
  const refused: readonly (readonly [Record<string, string | undefined>, string])[] = [
    [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ redirect_uri: undefined }, 'invalid_request'],
    [{ redirect_uri: 'http://app.test/back' }, 'invalid_request'],
    [{ response_type: 'code id_token' }, 'unsupported_response_type'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
  ];
  for (const [changed, error] of refused) {
    const answer = await push(gateway, gateway.client, changed);
    assert.deepEqual([answer.status, answer.json()['error']], [400, error], answer.text);
  }
  for (const certificate of [undefined, gateway.stranger]) {
    const answer = await push(gateway, certificate);
    assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
  }
  const pushed = await push(gateway, gateway.client);
  assert.ok(Number(pushed.json()['expires_in']) < 600);
});

test('no secret, no password and no assertion leads to a token', async (t) => {
  const gateway = await startFapi(t);
  const machine = { grant_type: 'client_credentials', client_id: 'app' };
  const assertion = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: 'e30.e30.',
  };
  for (const form of [machine, { ...machine, client_secret: 'x' }, { ...machine, ...assertion }]) {
    const answer = await askToken(gateway, form);
    assert.equal(answer.json()['error'], 'invalid_client', answer.text);
  }
  const password = { ...machine, grant_type: 'password', ...USER };
  const answer = await askToken(gateway, password, gateway.client);
  assert.deepEqual([answer.status, answer.json()['error']], [400, 'unsupported_grant_type']);
});

test('the metadata promises the profile and nothing beside it', async (t) => {
  const { port, ca } = await startFapi(t);
  const path = '/.well-known/openid-configuration';
  const answer = await httpsRequest({ port, ca, path });
  assert.match(String(answer.headers['strict-transport-security']), /^max-age=31536000/);
  const metadata = answer.json();
  const methods = ['self_signed_tls_client_auth', 'tls_client_auth'];
  assert.partialDeepStrictEqual(metadata, {
    require_pushed_authorization_requests: true,
    tls_client_certificate_bound_access_tokens: true,
    authorization_response_iss_parameter_supported: true,
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  });
  const { keys } = (await httpsRequest({ port, ca, path: '/oauth2/jwks' })).json() as {
    readonly keys: readonly { readonly alg: string }[];
  };
  assert.deepEqual(
    keys.map(({ alg }) => alg),
    ['ES256'],
  );
});

test('TLS 1.2 has the four cipher suites of BCP 195, and 1.1 is refused', async (t) => {
  const { port, ca } = await startFapi(t);
  const agreed = async (options: ConnectionOptions): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket.getCipher().name;
  };
  const only = (ciphers: string): ConnectionOptions => ({ ciphers, maxVersion: 'TLSv1.2' });
  for (const name of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384']) {
    assert.equal(await agreed(only(name)), name);
  }
  await assert.rejects(agreed(only('ECDHE-ECDSA-CHACHA20-POLY1305')), /handshake failure/i);
  await assert.rejects(
    agreed({ ...only('ALL:@SECLEVEL=0'), minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }),
  );
});
