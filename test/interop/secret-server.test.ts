/** A server that knows client secrets alone, and says no more of its tokens than it must. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { Agent, fetch } from 'undici';

import { tokenByCurl, withoutCurl } from '../gateway/curl.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { startSecretServer } from '../support/secret-server.ts';
import { createWorkshop } from '../support/workshop.ts';
import { fetchAs, ISSUER, MTLS_ORIGIN } from './published.ts';

/** It publishes no metadata: clients are told by hand. */
const METADATA = {
  issuer: ISSUER.origin,
  token_endpoint: `${MTLS_ORIGIN}/oauth2/token`,
  introspection_endpoint: `${MTLS_ORIGIN}/oauth2/introspect`,
  revocation_endpoint: `${MTLS_ORIGIN}/oauth2/revoke`,
} as const;

const CLIENTS = `
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: 'held & kept'}
  - client_id: pki
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    upstream: {client_secret: held-too, auth_method: client_secret_post}
  - client_id: both
    token_endpoint_auth_method: certificate_and_secret
    certificates: [client.pem]
`;

async function start(t: TestContext): Promise<GatewayFixture> {
  const server = await startSecretServer({
    clients: {
      'self-signed': 'held & kept',
      pki: 'held-too',
      both: 'known to the client',
    },
    users: { alice: 'wonderland' },
  });
  t.after(() => server.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${server.url}'}}\n${CLIENTS}`,
  });
  t.after(() => gateway.close());
  return gateway;
}

test('openid-client gets bound tokens by password and refresh, and revokes them', async (t) => {
  const gateway = await start(t);
  const config = new client.Configuration(METADATA, 'pki', undefined, client.TlsClientAuth());
  config[client.customFetch] = fetchAs(gateway, gateway.pkiClient);
  const first = await client.genericGrantRequest(config, 'password', {
    username: 'alice',
    password: 'wonderland',
  });
  assert.equal(first.expires_in, undefined);
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '');
  const bound = { active: true, cnf: { 'x5t#S256': gateway.pkiClient.thumbprint } };
  for (const { access_token: token } of [first, second]) {
    assert.deepEqual(await client.tokenIntrospection(config, token), bound);
    await client.tokenRevocation(config, token);
    assert.deepEqual(await client.tokenIntrospection(config, token), { active: false });
  }
});

test('oauth4webapi gets a bound token where the secret goes on, beside the certificate alone', async (t) => {
  const gateway = await start(t);
  const own: oauth.Client = { client_id: 'both' };
  const ask = async (identity: GatewayFixture['client'], secret: string) =>
    oauth.processClientCredentialsResponse(
      METADATA,
      own,
      await oauth.clientCredentialsGrantRequest(
        METADATA,
        own,
        oauth.ClientSecretBasic(secret),
        {},
        { [oauth.customFetch]: fetchAs(gateway, identity) },
      ),
    );
  const { access_token: token } = await ask(gateway.client, 'known to the client');
  const introspection = await oauth.processIntrospectionResponse(
    METADATA,
    own,
    await oauth.introspectionRequest(
      METADATA,
      own,
      oauth.ClientSecretPost('known to the client'),
      token,
      { [oauth.customFetch]: fetchAs(gateway, gateway.client) },
    ),
  );
  assert.deepEqual(introspection.cnf, { 'x5t#S256': gateway.client.thumbprint });
  // The server refuses the secret, and the gateway, which names the scheme, the certificate.
  await assert.rejects(ask(gateway.client, 'guessed'), oauth.ResponseBodyError);
  await assert.rejects(
    ask(gateway.stranger, 'known to the client'),
    oauth.WWWAuthenticateChallengeError,
  );
});

test('the fetch of undici with the certificate in its agent is all that a library needs', async (t) => {
  const { port, ca, client: identity } = await start(t);
  const { certificatePem: cert, privateKeyPem: key } = identity;
  const agent = new Agent({ connect: { cert, key, ca } });
  t.after(() => agent.close());
  const metadata = { ...METADATA, token_endpoint: `https://localhost:${port}/oauth2/token` };
  const config = new client.Configuration(
    metadata,
    'self-signed',
    undefined,
    client.TlsClientAuth(),
  );
  // The types of undici and of the platform differ, what is behind them does not.
  const fetchWithCertificate = (url: string, options: object) =>
    fetch(url, { ...options, dispatcher: agent }) as unknown as Promise<Response>;
  config[client.customFetch] = fetchWithCertificate;
  const { token_type: type } = await client.clientCredentialsGrant(config);
  assert.equal(type, 'bearer');
});

test(
  'curl gets a token for a secret that only the gateway holds',
  { skip: withoutCurl },
  async (t) => {
    const gateway = await start(t);
    const workshop = createWorkshop((clean) => t.after(clean));
    const identity = gateway.client;
    const answer = await tokenByCurl(gateway, { clientId: 'self-signed', identity, workshop });
    assert.deepEqual(Object.keys(answer), ['access_token', 'token_type']);
  },
);
