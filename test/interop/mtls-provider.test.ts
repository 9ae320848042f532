/** oidc-provider with mutual TLS of its own, which the gateway tells the certificate. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';

import { jwkWithChain } from '../clients/presented.ts';
import { tokenByCurl, withoutCurl } from '../gateway/curl.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import { RESOURCE, startMtlsProvider } from '../support/mtls-provider.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createWorkshop } from '../support/workshop.ts';
import { fetchAs, ISSUER, MTLS_ORIGIN } from './published.ts';

const DNS_NAME = 'client.example.com';

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly providerUrl: string;
  /** The certificates of the clients by their client_id. */
  readonly identities: Readonly<Record<'self-signed' | 'pki', Issued>>;
}

/** A gateway that knows these clients, or none of them: then the server alone decides. */
async function start(t: TestContext, { known }: { readonly known: boolean }): Promise<Fixture> {
  const authority = await createAuthority({ name: 'Client CA' });
  const pki = await authority.issue({ san: { dns: [DNS_NAME] }, eku: ['clientAuth'] });
  const own = await selfSigned({ keyType: 'rsa' });
  const common = {
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    tls_client_certificate_bound_access_tokens: true,
  };
  const provider = await startMtlsProvider({
    issuer: ISSUER.origin,
    clients: [
      {
        ...common,
        client_id: 'self-signed',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [jwkWithChain(own.certificate)] },
      },
      {
        ...common,
        client_id: 'pki',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: DNS_NAME,
      },
      {
        client_id: 'resource-server',
        client_secret: 'rs-secret',
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: [],
        response_types: [],
        redirect_uris: [],
      },
    ],
  });
  t.after(() => provider.close());
  const clients = [
    {
      client_id: 'self-signed',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      certificates: [own.certificatePem],
    },
    {
      client_id: 'pki',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: DNS_NAME,
    },
  ];
  const upstream = {
    url: provider.url,
    kind: 'native',
    certificate_headers: [{ format: 'rfc9440', verdict_name: 'x-client-verify' }],
    metadata: { mtls_aliases_origin: MTLS_ORIGIN },
  };
  // JSON is YAML too.
  const gateway = await startGateway({
    yaml: `token_service: ${JSON.stringify({ upstream })}\nclients: ${JSON.stringify(known ? clients : [])}`,
    files: { 'clients.pem': authority.certificatePem },
    clientCa: 'clients.pem',
  });
  t.after(() => gateway.close());
  return { gateway, providerUrl: provider.url, identities: { 'self-signed': own, pki } };
}

function discover(gateway: GatewayFixture, clientId: string, identity?: Issued) {
  return client.discovery(
    ISSUER,
    clientId,
    { use_mtls_endpoint_aliases: true },
    client.TlsClientAuth(),
    { [client.customFetch]: fetchAs(gateway, identity) },
  );
}

for (const known of [true, false]) {
  const title = known ? 'clients that the gateway knows' : 'clients that the server alone knows';
  test(`${title} get tokens that the server binds, opaque ones and JWTs`, async (t) => {
    const { gateway, providerUrl, identities } = await start(t, { known });
    for (const [clientId, identity] of Object.entries(identities)) {
      const cnf = { 'x5t#S256': identity.thumbprint };
      const config = await discover(gateway, clientId, identity);
      assert.equal(config.serverMetadata().tls_client_certificate_bound_access_tokens, true);
      const { access_token: opaque } = await client.clientCredentialsGrant(config);
      const headers = [basic('resource-server', 'rs-secret')];
      const form = { token: opaque };
      const { port, ca } = gateway;
      const path = '/oauth2/introspect';
      const answer = await postForm({ port, ca, path, headers, form });
      assert.deepEqual(answer.json()['cnf'], cnf);
      assert.equal(answer.text, await introspectAt(providerUrl, opaque), 'not a byte is ours');

      const { access_token: jwt } = await client.clientCredentialsGrant(config, {
        resource: RESOURCE,
      });
      const keys = await httpsRequest({ port, ca, path: '/oauth2/jwks' });
      const keySet = createLocalJWKSet(keys.json() as unknown as JSONWebKeySet);
      const { payload } = await jwtVerify(jwt, keySet, {
        issuer: ISSUER.origin,
        audience: RESOURCE,
      });
      assert.deepEqual(payload['cnf'], cnf);
    }
  });

  test(`${title} are refused with the certificate of another, or with none`, async (t) => {
    const { gateway, identities } = await start(t, { known });
    for (const [clientId, wrong] of [
      ['self-signed', identities.pki],
      ['pki', identities['self-signed']],
      // The name is right, and nobody vouches for it.
      ['pki', await selfSigned({ san: { dns: [DNS_NAME] } })],
      ['pki', undefined],
    ] as const) {
      const config = await discover(gateway, clientId, wrong);
      await assert.rejects(
        client.clientCredentialsGrant(config),
        (error) => error instanceof client.ResponseBodyError && error.error === 'invalid_client',
      );
    }
  });
}

test('oauth4webapi introspects as the client that the certificate proves', async (t) => {
  const { gateway, identities } = await start(t, { known: true });
  const options = { [oauth.customFetch]: fetchAs(gateway, identities.pki) };
  const as = await oauth.processDiscoveryResponse(
    ISSUER,
    await oauth.discoveryRequest(ISSUER, options),
  );
  const own: oauth.Client = { client_id: 'pki', use_mtls_endpoint_aliases: true };
  const auth = oauth.TlsClientAuth();
  const { access_token: token } = await oauth.processClientCredentialsResponse(
    as,
    own,
    await oauth.clientCredentialsGrantRequest(as, own, auth, {}, options),
  );
  const introspection = await oauth.processIntrospectionResponse(
    as,
    own,
    await oauth.introspectionRequest(as, own, auth, token, options),
  );
  assert.deepEqual(introspection.cnf, { 'x5t#S256': identities.pki.thumbprint });
});

test('curl gets a token that the server binds', { skip: withoutCurl }, async (t) => {
  const { gateway, providerUrl, identities } = await start(t, { known: true });
  const workshop = createWorkshop((clean) => t.after(clean));
  for (const [clientId, identity] of Object.entries(identities)) {
    const answer = await tokenByCurl(gateway, { clientId, identity, workshop });
    const told = await introspectAt(providerUrl, String(answer['access_token']));
    assert.deepEqual((JSON.parse(told) as { cnf?: unknown }).cnf, {
      'x5t#S256': identity.thumbprint,
    });
  }
});

/** What the server says without the gateway. */
async function introspectAt(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/oauth2/introspect`, {
    method: 'POST',
    headers: Object.fromEntries([basic('resource-server', 'rs-secret')]),
    body: new URLSearchParams({ token }),
  });
  return answer.text();
}
