import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { basic, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const PARALLEL = 200;

const CLIENTS = `
  - client_id: by-default
    token_endpoint_auth_method: client_secret_basic
    client_secret: secret
  - client_id: required
    token_endpoint_auth_method: client_secret_post
    client_secret: secret
    certificate_binding: required
  - client_id: 'off'
    token_endpoint_auth_method: client_secret_post
    client_secret: secret
    certificate_binding: 'off'
  - client_id: certificate-off
    token_endpoint_auth_method: certificate_and_secret
    certificates: [client.pem]
    client_secret: secret
    certificate_binding: 'off'
  - client_id: self-signed-off
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    certificate_binding: 'off'
`;

async function start(t: TestContext): Promise<GatewayFixture> {
  const gateway = await startGateway({ yaml: `${EMBEDDED}${CLIENTS}` });
  t.after(() => gateway.close());
  return gateway;
}

function askToken(
  { port, ca }: GatewayFixture,
  clientId: string,
  certificate?: Issued,
): Promise<ClientAnswer> {
  const isBasic = clientId === 'by-default';
  const form = {
    grant_type: 'client_credentials',
    ...(isBasic ? {} : { client_id: clientId }),
    ...(isBasic || clientId === 'self-signed-off' ? {} : { client_secret: 'secret' }),
  };
  const headers = isBasic ? [basic(clientId, 'secret')] : [];
  return postForm({ port, ca, path: '/oauth2/token', headers, form, ...certificate });
}

async function confirmation(gateway: GatewayFixture, answer: ClientAnswer): Promise<unknown> {
  assert.equal(answer.status, 200, answer.text);
  const { port, ca } = gateway;
  const headers = [basic('resource-server', 'rs-secret')];
  const form = { token: String(answer.json()['access_token']) };
  const told = await postForm({ port, ca, path: '/oauth2/introspect', headers, form });
  assert.equal(told.json()['active'], true);
  return told.json()['cnf'];
}

test('a client with a secret gets a token bound to the certificate that it presents', async (t) => {
  const gateway = await start(t);
  const { stranger } = gateway;
  const presented = await askToken(gateway, 'by-default', stranger);
  assert.deepEqual(await confirmation(gateway, presented), { 'x5t#S256': stranger.thumbprint });
  const absent = await askToken(gateway, 'by-default');
  assert.equal(await confirmation(gateway, absent), undefined);
});

test('with required nobody gets a token without a certificate', async (t) => {
  const gateway = await start(t);
  const absent = await askToken(gateway, 'required');
  assert.deepEqual([absent.status, absent.json()['error']], [400, 'invalid_request']);
  const line = await gateway.logged(({ msg }) => msg === 'request');
  assert.equal(line['reason'], 'certificate_absent');
  const presented = await askToken(gateway, 'required', gateway.client);
  const bound = { 'x5t#S256': gateway.client.thumbprint };
  assert.deepEqual(await confirmation(gateway, presented), bound);
});

test('with off no token is bound, also where the certificate authenticates', async (t) => {
  const gateway = await start(t);
  for (const clientId of ['off', 'certificate-off', 'self-signed-off']) {
    const answer = await askToken(gateway, clientId, gateway.client);
    assert.equal(await confirmation(gateway, answer), undefined, clientId);
  }
});

test('parallel requests with and without a certificate get what is theirs', async (t) => {
  const gateway = await start(t);
  const { client, stranger } = gateway;
  await Promise.all(
    Array.from({ length: PARALLEL }, async (_, index) => {
      const certificate = [client, undefined, stranger][index % 3];
      const answer = await askToken(gateway, 'by-default', certificate);
      const expected = certificate && { 'x5t#S256': certificate.thumbprint };
      assert.deepEqual(await confirmation(gateway, answer), expected);
    }),
  );
});
