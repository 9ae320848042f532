/** openid-client registers itself at the embedded service, and goes on as what it registered. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as client from 'openid-client';

import { jwkWithChain } from '../clients/presented.ts';
import { INITIAL_TOKEN, startRegistering } from '../gateway/registering.ts';
import { httpsRequest } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import type { Fetch } from './published.ts';

const ISSUER = new URL('https://localhost:9443');

/** A `fetch` that finds the gateway behind the issuer, and presents the certificate everywhere. */
function fetchWith({ port, ca }: GatewayFixture, identity: Issued): Fetch {
  const { certificatePem, privateKeyPem } = identity;
  return async (url, { method = 'GET', headers = {}, body }) => {
    const { pathname } = new URL(url);
    const answer = await httpsRequest({
      port,
      ca,
      path: pathname,
      method,
      certificatePem,
      privateKeyPem,
      headers: Object.entries(headers),
      ...((body instanceof URLSearchParams || typeof body === 'string') && {
        body: body.toString(),
      }),
    });
    const { status } = answer;
    return new Response(answer.text, {
      status,
      headers: [['content-type', String(answer.headers['content-type'])]],
    });
  };
}

for (const method of ['tls_client_auth', 'self_signed_tls_client_auth'] as const) {
  test(`openid-client registers for ${method} and gets a token bound to its certificate`, async (t) => {
    const gateway = await startRegistering(t);
    const isPki = method === 'tls_client_auth';
    const identity = isPki ? gateway.pkiClient : gateway.stranger;
    const config = await client.dynamicClientRegistration(
      ISSUER,
      {
        token_endpoint_auth_method: method,
        tls_client_certificate_bound_access_tokens: true,
        ...(isPki
          ? { tls_client_auth_subject_dn: 'CN=pki-client,O=Test' }
          : { jwks: { keys: [jwkWithChain(identity.certificate)] } }),
      },
      client.TlsClientAuth(),
      {
        initialAccessToken: INITIAL_TOKEN,
        [client.customFetch]: fetchWith(gateway, identity),
      },
    );
    const { access_token: token } = await client.clientCredentialsGrant(config);
    const introspection = await client.tokenIntrospection(config, token);
    assert.equal(introspection.client_id, config.clientMetadata().client_id);
    assert.deepEqual(introspection.cnf, { 'x5t#S256': identity.thumbprint });
  });
}

test('openid-client registers for a secret and gets a token', async (t) => {
  const gateway = await startRegistering(t);
  const config = await client.dynamicClientRegistration(
    ISSUER,
    {},
    // The method of RFC 7591 for those that name none; the secret is that of the answer.
    client.ClientSecretBasic(),
    {
      initialAccessToken: INITIAL_TOKEN,
      [client.customFetch]: fetchWith(gateway, gateway.stranger),
    },
  );
  const { access_token: token } = await client.clientCredentialsGrant(config);
  assert.equal((await client.tokenIntrospection(config, token)).active, true);
});
