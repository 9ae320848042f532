/** oidc-provider, which here knows nothing of certificates, and client libraries of other hands. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';

import { tokenByCurl, withoutCurl } from '../gateway/curl.ts';
import { basic, postForm } from '../support/https-client.ts';
import { selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startPlainProvider } from '../support/plain-provider.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createWorkshop } from '../support/workshop.ts';
import { browse, fetchAs, ISSUER, MTLS_ORIGIN } from './published.ts';

const REDIRECT_URI = 'https://client.test/back';

const CLIENTS = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem, next.pem]
    upstream: {client_secret: held}
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    upstream: {client_secret: held-too}
  - client_id: public
    token_endpoint_auth_method: none
`;

interface Fixture {
  readonly gateway: GatewayFixture;
  /** The certificate that `self-signed` goes on with one day. */
  readonly next: Issued;
}

async function start(t: TestContext, keys = ''): Promise<Fixture> {
  const provider = await startPlainProvider({
    issuer: ISSUER.origin,
    clients: [
      { clientId: 'self-signed', secret: 'held' },
      { clientId: 'pki', secret: 'held-too' },
      { clientId: 'public' },
      { clientId: 'resource-server', secret: 'rs-secret' },
    ],
  });
  t.after(() => provider.close());
  const next = await selfSigned({ subject: 'CN=client,O=Test', keyType: 'rsa' });
  const metadata = `metadata: {mtls_aliases_origin: '${MTLS_ORIGIN}'}`;
  const upstream = `{url: '${provider.url}', endpoints: {userinfo: /me}, ${metadata}, ${keys}}`;
  const gateway = await startGateway({
    yaml: `token_service: {upstream: ${upstream}}\n${CLIENTS}`,
    files: {
      'next.pem': next.certificatePem,
      'seal.key': Buffer.alloc(32, 7).toString('base64'),
    },
  });
  t.after(() => gateway.close());
  return { gateway, next };
}

/** openid-client as this client with this certificate. */
function discover(
  gateway: GatewayFixture,
  clientId: string,
  identity?: Issued,
): Promise<client.Configuration> {
  return client.discovery(
    ISSUER,
    clientId,
    { use_mtls_endpoint_aliases: true },
    clientId === 'public' ? client.None() : client.TlsClientAuth(),
    { [client.customFetch]: fetchAs(gateway, identity) },
  );
}

/** Where the browser of the user is led back to, and what the client must remember of it. */
async function authorize(gateway: GatewayFixture, config: client.Configuration) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  });
  return { back: await browse(gateway, url), checks: { pkceCodeVerifier, expectedState } };
}

/** The thumbprint in the answer that a resource server gets. */
async function boundTo({ port, ca }: GatewayFixture, token: string): Promise<unknown> {
  const headers = [basic('resource-server', 'rs-secret')];
  const answer = await postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
  const { active, cnf } = answer.json();
  return active === true ? (cnf as Record<string, unknown> | undefined)?.['x5t#S256'] : 'inactive';
}

const refusedAs = (code: string) => (error: unknown) =>
  error instanceof client.ResponseBodyError && error.error === code;

test('openid-client finds the aliases, gets a bound token, introspects and revokes it', async (t) => {
  const { gateway } = await start(t);
  const config = await discover(gateway, 'self-signed', gateway.client);
  const metadata = config.serverMetadata();
  assert.equal(metadata.token_endpoint, `${ISSUER.origin}/oauth2/token`);
  assert.equal(metadata.mtls_endpoint_aliases?.token_endpoint, `${MTLS_ORIGIN}/oauth2/token`);

  const { access_token: token, token_type: type } = await client.clientCredentialsGrant(config);
  assert.equal(type, 'bearer');
  const introspection = await client.tokenIntrospection(config, token);
  assert.deepEqual(introspection.cnf, { 'x5t#S256': gateway.client.thumbprint });
  assert.equal(await boundTo(gateway, token), gateway.client.thumbprint);

  await client.tokenRevocation(config, token);
  assert.deepEqual(await client.tokenIntrospection(config, token), { active: false });
});

test('openid-client without the certificate, or with another one, is no client', async (t) => {
  const { gateway } = await start(t);
  for (const identity of [undefined, gateway.stranger, gateway.pkiClient]) {
    const config = await discover(gateway, 'self-signed', identity);
    await assert.rejects(client.clientCredentialsGrant(config), refusedAs('invalid_client'));
  }
});

test('the authorization code flow with PKCE binds what it ends with', async (t) => {
  const { gateway } = await start(t);
  const config = await discover(gateway, 'self-signed', gateway.client);
  const { back, checks } = await authorize(gateway, config);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims()?.sub, 'user');
  assert.equal(await boundTo(gateway, tokens.access_token), gateway.client.thumbprint);
  await assert.rejects(
    client.authorizationCodeGrant(config, back, checks),
    refusedAs('invalid_grant'),
  );
});

test('sealed tokens go through the same flow: code, userinfo, refresh, revocation', async (t) => {
  const sealed = 'token_binding: {kept: sealed, sealing_keys: [seal.key]}';
  const { gateway } = await start(t, sealed);
  const config = await discover(gateway, 'self-signed', gateway.client);
  const { back, checks } = await authorize(gateway, config);
  const first = await client.authorizationCodeGrant(config, back, checks);
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '');
  const { access_token: token } = second;
  assert.match(token, /^cbs1\./);
  assert.equal(await boundTo(gateway, token), gateway.client.thumbprint);
  assert.deepEqual(await client.fetchUserInfo(config, token, 'user'), { sub: 'user' });
  await client.tokenRevocation(config, token);
  assert.equal(await boundTo(gateway, token), 'inactive');
});

test('T31: userinfo is for the token together with its certificate', async (t) => {
  const { gateway } = await start(t);
  const config = await discover(gateway, 'self-signed', gateway.client);
  const { back, checks } = await authorize(gateway, config);
  const { access_token: token } = await client.authorizationCodeGrant(config, back, checks);
  assert.deepEqual(await client.fetchUserInfo(config, token, 'user'), { sub: 'user' });
  for (const identity of [undefined, gateway.pkiClient]) {
    const thief = await discover(gateway, 'self-signed', identity);
    await assert.rejects(
      client.fetchUserInfo(thief, token, 'user'),
      (error) => error instanceof client.WWWAuthenticateChallengeError && error.status === 401,
    );
  }
});

test('T33: a code is redeemed by the client that it was made for', async (t) => {
  const { gateway } = await start(t);
  const own = await discover(gateway, 'self-signed', gateway.client);
  const { back, checks } = await authorize(gateway, own);
  const withAnotherCertificate = await discover(gateway, 'self-signed', gateway.pkiClient);
  await assert.rejects(
    client.authorizationCodeGrant(withAnotherCertificate, back, checks),
    refusedAs('invalid_client'),
  );
  const anotherClient = await discover(gateway, 'pki', gateway.pkiClient);
  await assert.rejects(
    client.authorizationCodeGrant(anotherClient, back, checks),
    refusedAs('invalid_grant'),
  );
});

test('a confidential client refreshes with its next certificate, to which the new token is bound', async (t) => {
  const { gateway, next } = await start(t);
  const config = await discover(gateway, 'self-signed', gateway.client);
  const { back, checks } = await authorize(gateway, config);
  const first = await client.authorizationCodeGrant(config, back, checks);

  const renewed = await discover(gateway, 'self-signed', next);
  const second = await client.refreshTokenGrant(renewed, first.refresh_token ?? '');
  assert.equal(await boundTo(gateway, second.access_token), next.thumbprint);
  assert.notEqual(second.refresh_token, first.refresh_token);

  // The server takes the old one for stolen, and ends all that came of it.
  await assert.rejects(
    client.refreshTokenGrant(renewed, first.refresh_token ?? ''),
    refusedAs('invalid_grant'),
  );
  assert.equal(await boundTo(gateway, second.access_token), 'inactive');
});

test('T32: the refresh token of a public client is good with its certificate alone', async (t) => {
  const { gateway } = await start(t);
  const config = await discover(gateway, 'public', gateway.stranger);
  const { back, checks } = await authorize(gateway, config);
  const { refresh_token: first = '' } = await client.authorizationCodeGrant(config, back, checks);
  for (const identity of [undefined, gateway.client]) {
    const thief = await discover(gateway, 'public', identity);
    await assert.rejects(client.refreshTokenGrant(thief, first), refusedAs('invalid_grant'));
  }
  const second = await client.refreshTokenGrant(config, first);
  assert.equal(await boundTo(gateway, second.access_token), gateway.stranger.thumbprint);
});

test('oauth4webapi gets, introspects and revokes a bound token as a PKI client', async (t) => {
  const { gateway } = await start(t);
  const as = await discoverServer(gateway);
  const own: oauth.Client = { client_id: 'pki', use_mtls_endpoint_aliases: true };
  const options = { [oauth.customFetch]: fetchAs(gateway, gateway.pkiClient) };
  const auth = oauth.TlsClientAuth();
  const granted = await oauth.processClientCredentialsResponse(
    as,
    own,
    await oauth.clientCredentialsGrantRequest(as, own, auth, {}, options),
  );
  const introspect = async () =>
    oauth.processIntrospectionResponse(
      as,
      own,
      await oauth.introspectionRequest(as, own, auth, granted.access_token, options),
    );
  const { active, client_id: id, cnf } = await introspect();
  assert.deepEqual(
    { active, id, cnf },
    { active: true, id: 'pki', cnf: { 'x5t#S256': gateway.pkiClient.thumbprint } },
  );
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, own, auth, granted.access_token, options),
  );
  assert.equal((await introspect()).active, false);
});

test('curl gets a bound token of the same server', { skip: withoutCurl }, async (t) => {
  const { gateway } = await start(t);
  const workshop = createWorkshop((clean) => t.after(clean));
  const identity = gateway.pkiClient;
  const { access_token: token } = await tokenByCurl(gateway, {
    clientId: 'pki',
    identity,
    workshop,
  });
  assert.equal(await boundTo(gateway, String(token)), identity.thumbprint);
});

async function discoverServer(gateway: GatewayFixture): Promise<oauth.AuthorizationServer> {
  return oauth.processDiscoveryResponse(
    ISSUER,
    await oauth.discoveryRequest(ISSUER, { [oauth.customFetch]: fetchAs(gateway) }),
  );
}
