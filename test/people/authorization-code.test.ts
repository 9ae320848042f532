/** The authorization code flow as a client library sees it, from the login to the logout. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as client from 'openid-client';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { clientLibrary } from './client-library.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import { consentTo, DONE_URI, REDIRECT_URI, startPeople } from './people-gateway.ts';

async function introspect({ port, ca }: GatewayFixture, token: string) {
  const headers = [basic('resource-server', 'rs-secret')];
  const answer = await postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
  return answer.json();
}

test('somebody logs in and consents, and the client has tokens bound to its certificate', async (t) => {
  const gateway = await startPeople(t);
  const config = await clientLibrary(gateway, gateway.client);
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const state = client.randomState();
  const start = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile accounts',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
  });
  const visitor = createVisitor(gateway);
  const { url: back } = await consentTo(visitor, start);
  assert.equal(back.origin + back.pathname, REDIRECT_URI);
  assert.equal(back.searchParams.get('iss'), ISSUER, 'RFC 9207');

  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
    expectedState: state,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  assert.deepEqual([claims?.sub, claims?.aud, claims?.iss], ['alice', 'app', ISSUER]);
  assert.equal(tokens.scope, 'openid profile accounts');
  const bound = { 'x5t#S256': gateway.client.thumbprint };
  const seen = await introspect(gateway, tokens.access_token);
  assert.deepEqual([seen['cnf'], seen['sub'], seen['scope']], [bound, 'alice', tokens.scope]);

  const userinfo = await client.fetchUserInfo(config, tokens.access_token, 'alice');
  assert.deepEqual(userinfo, { sub: 'alice', preferred_username: 'alice' });

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token, 'rotated');
  assert.deepEqual((await introspect(gateway, refreshed.access_token))['cnf'], bound);

  const leave = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: DONE_URI,
    state: 'bye',
  });
  const asked = await visitor.open(leave);
  assert.match(asked.answer.text, /<h1>Sign out\?<\/h1>/);
  const done = await visitor.submit(asked, { logout: 'yes' });
  assert.equal(done.url.href, `${DONE_URI}?state=bye`);
  assert.deepEqual(await introspect(gateway, refreshed.access_token), { active: false });
});

test('userinfo is told only to the holder of the certificate', async (t) => {
  const gateway = await startPeople(t);
  const config = await clientLibrary(gateway, gateway.client);
  const verifier = client.randomPKCECodeVerifier();
  const start = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const { url } = await consentTo(createVisitor(gateway), start);
  const { access_token: token } = await client.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: verifier,
  });
  const { port, ca } = gateway;
  const headers = [['authorization', `Bearer ${token}`]] as const;
  const ask = (certificate?: Issued) =>
    httpsRequest({ port, ca, path: '/oauth2/userinfo', headers, ...certificate });

  assert.deepEqual((await ask(gateway.client)).json(), { sub: 'alice' });
  for (const certificate of [undefined, gateway.stranger, gateway.pkiClient]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const refused = await ask(certificate);
    assert.deepEqual([refused.status, refused.json()['error']], [401, 'invalid_token']);
    assert.match(refused.headers['www-authenticate'] ?? '', /^Bearer .*error="invalid_token"/);
  }
});
