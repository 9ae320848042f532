/** Pushed authorization requests (RFC 9126) at the embedded token service. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as client from 'openid-client';

import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { clientLibrary } from './client-library.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import {
  askToken,
  authorizationUrl,
  codeOf,
  consentTo,
  createPkce,
  REDIRECT_URI,
  redemption,
  startPeople,
} from './people-gateway.ts';
import type { Pkce } from './people-gateway.ts';

const EXPIRED_OR_USED = /request_uri is invalid, expired, or was already used/;

function push(
  { port, ca }: GatewayFixture,
  certificate: Issued | undefined,
  changed: Readonly<Record<string, string | undefined>> = {},
  pkce: Pkce = createPkce(),
): Promise<ClientAnswer> {
  const form = Object.fromEntries(authorizationUrl(changed, pkce).searchParams);
  return postForm({ port, ca, path: '/oauth2/par', form, ...certificate });
}

function pushedUrl(answer: ClientAnswer, clientId = 'app'): URL {
  const url = new URL('/oauth2/authorize', ISSUER);
  url.searchParams.set('client_id', clientId);
  url.searchParams.set('request_uri', String(answer.json()['request_uri']));
  return url;
}

test('a client library pushes what it asks for, and the code leads to bound tokens', async (t) => {
  const gateway = await startPeople(t);
  const config = await clientLibrary(gateway, gateway.client);
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const start = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid accounts',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  });
  assert.deepEqual([...start.searchParams.keys()].toSorted(), ['client_id', 'request_uri']);
  const { url: back } = await consentTo(createVisitor(gateway), start);
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
  assert.equal(tokens.scope, 'openid accounts');
});

test('a pushed request is answered with its address and its lifetime of a minute', async (t) => {
  const gateway = await startPeople(t);
  const answer = await push(gateway, gateway.client);
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const { request_uri: uri, expires_in: seconds, ...others } = answer.json();
  assert.match(String(uri), /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/);
  // RFC 9126 section 2.2 calls for 5 to 600 seconds.
  assert.deepEqual([seconds, others], [60, {}]);
});

test('only the client that the certificate shows may push', async (t) => {
  const gateway = await startPeople(t);
  for (const certificate of [undefined, gateway.stranger, gateway.pkiClient]) {
    const answer = await push(gateway, certificate);
    assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
  }
});

test('what the authorization endpoint would refuse is refused when it is pushed', async (t) => {
  const gateway = await startPeople(t);
  const cases: readonly (readonly [Record<string, string | undefined>, string])[] = [
    [{ redirect_uri: 'https://evil.test/back' }, 'invalid_request'],
    [{ redirect_uri: undefined }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'openid payments' }, 'invalid_scope'],
    [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'request_uri_not_supported'],
    [{ request: 'e30.e30.' }, 'request_not_supported'],
  ];
  for (const [changed, error] of cases) {
    const answer = await push(gateway, gateway.client, changed);
    assert.deepEqual([answer.status, answer.json()['error']], [400, error], answer.text);
  }
  const { port, ca } = gateway;
  const get = await httpsRequest({ port, ca, path: '/oauth2/par' });
  assert.deepEqual([get.status, get.headers.allow], [405, 'POST']);
});

test('T33: a pushed request is good for the client that pushed it, and its code, too', async (t) => {
  const gateway = await startPeople(t);
  const pkce = createPkce();
  const pushed = await push(gateway, gateway.client, {}, pkce);
  const stolen = await createVisitor(gateway).open(pushedUrl(pushed, 'other'));
  assert.equal(stolen.url.origin, ISSUER, 'nobody is sent anywhere');
  assert.equal(stolen.answer.status, 400);

  const code = codeOf(await consentTo(createVisitor(gateway), pushedUrl(pushed)));
  const form = { ...redemption(code, pkce), client_id: 'other' };
  const foreign = await askToken(gateway, form, gateway.pkiClient);
  assert.deepEqual([foreign.status, foreign.json()['error']], [400, 'invalid_grant']);
});

test('a pushed request is good once', async (t) => {
  const gateway = await startPeople(t);
  const pushed = await push(gateway, gateway.client);
  const visitor = createVisitor(gateway);
  codeOf(await consentTo(visitor, pushedUrl(pushed)));
  const again = await visitor.open(pushedUrl(pushed));
  assert.equal(again.url.origin, ISSUER);
  assert.match(again.answer.text, EXPIRED_OR_USED);
  const unknown = new URL(pushedUrl(pushed));
  unknown.searchParams.set('request_uri', `urn:ietf:params:oauth:request_uri:${'x'.repeat(43)}`);
  assert.match((await visitor.open(unknown)).answer.text, EXPIRED_OR_USED);
});

test('one client, or all of them, can be held to pushing', async (t) => {
  const strict = `
  - client_id: strict
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [authorization_code]
    redirect_uris: ['${REDIRECT_URI}']
    require_pushed_authorization_requests: true
`;
  const one = await startPeople(t, { clients: strict });
  const refused = await createVisitor(one).open(authorizationUrl({ client_id: 'strict' }));
  assert.match(refused.url.search, /error=invalid_request/);
  codeOf(await consentTo(createVisitor(one), authorizationUrl()));
  const pushed = await push(one, one.client, { client_id: 'strict' });
  codeOf(await consentTo(createVisitor(one), pushedUrl(pushed, 'strict')));

  const embedded = '    require_pushed_authorization_requests: true\n';
  const all = await startPeople(t, { embedded });
  const { url } = await createVisitor(all).open(authorizationUrl());
  assert.equal(url.searchParams.get('error'), 'invalid_request');
  codeOf(await consentTo(createVisitor(all), pushedUrl(await push(all, all.client))));
  assert.equal((await metadataOf(all))['require_pushed_authorization_requests'], true);
});

test('the metadata tells where to push', async (t) => {
  const gateway = await startPeople(t);
  const metadata = await metadataOf(gateway);
  const address = `${ISSUER}/oauth2/par`;
  assert.equal(metadata['pushed_authorization_request_endpoint'], address);
  assert.notEqual(metadata['require_pushed_authorization_requests'], true);
  const aliases = metadata['mtls_endpoint_aliases'] as Readonly<Record<string, unknown>>;
  assert.equal(aliases['pushed_authorization_request_endpoint'], address);
});

async function metadataOf({ port, ca }: GatewayFixture): Promise<Record<string, unknown>> {
  const path = '/.well-known/oauth-authorization-server';
  return (await httpsRequest({ port, ca, path })).json();
}
