/** User-Managed Access under the FAPI 2.0 Security Profile: people log in where the tokens are fetched. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { ALBUM, PERMISSION, RESOURCES, UMA_GRANT } from '../gateway/uma-gateway.ts';
import { httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import {
  askToken,
  authorizationUrl,
  codeOf,
  createPkce,
  redemption,
  REDIRECT_URI,
  USER,
} from './people-gateway.ts';

const YAML = `
token_service:
  embedded:
    issuer: ${ISSUER}
    profile: fapi_2_0
    users_file: users
    uma:
      policies:
        - {clients: [viewer], owner: true, resource_types: ['${ALBUM.type}'], scopes: [view]}
clients:
  - client_id: photos
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [authorization_code]
    redirect_uris: ['${REDIRECT_URI}']
    scope: uma_protection
  - client_id: viewer
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    grant_types: [authorization_code, '${UMA_GRANT}']
    redirect_uris: ['${REDIRECT_URI}']
`;

async function startProfiled(t: TestContext): Promise<GatewayFixture> {
  const hash = formatPasswordHash(await hashPassword(USER.password));
  const files = { users: `${USER.username}:${hash}\n` };
  const gateway = await startGateway({ yaml: YAML, files });
  t.after(() => gateway.close());
  return gateway;
}

interface Party {
  readonly id: string;
  readonly certificate: Issued;
}

/** The token of somebody who logs in for the scope, and the page on which they were asked. */
async function logIn(gateway: GatewayFixture, { id, certificate }: Party, scope: string) {
  const { port, ca } = gateway;
  const pkce = createPkce();
  const request = authorizationUrl({ client_id: id, scope }, pkce);
  const form = Object.fromEntries(request.searchParams);
  const pushed = await postForm({ port, ca, path: '/oauth2/par', form, ...certificate });
  const start = new URL('/oauth2/authorize', ISSUER);
  start.searchParams.set('client_id', id);
  start.searchParams.set('request_uri', String(pushed.json()['request_uri']));
  const visitor = createVisitor(gateway);
  const login = await visitor.open(start);
  const asked = await visitor.submit(login, { ...USER, answer: 'login' });
  const code = codeOf(await visitor.submit(asked, { answer: 'allow' }));
  const answer = await askToken(gateway, { ...redemption(code, pkce), client_id: id }, certificate);
  assert.equal(answer.status, 200, answer.text);
  return { token: String(answer.json()['access_token']), page: asked.answer.text };
}

function protection(
  { port, ca, client }: GatewayFixture,
  pat: string,
  { path = RESOURCES, body }: { readonly path?: string; readonly body: unknown },
): Promise<ClientAnswer> {
  return httpsRequest({
    port,
    ca,
    path,
    method: 'POST',
    headers: [
      ['authorization', `Bearer ${pat}`],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify(body),
    ...client,
  });
}

test('under the profile, what somebody keeps at a resource server opens for them alone', async (t) => {
  const gateway = await startProfiled(t);
  const { port, ca, client, pkiClient } = gateway;
  const pat = await logIn(gateway, { id: 'photos', certificate: client }, 'uma_protection');
  assert.match(pat.page, /Keep things of yours that others may be let see/);
  const registered = await protection(gateway, pat.token, { body: ALBUM });
  assert.equal(registered.status, 201, registered.text);
  assert.match(String(registered.headers['strict-transport-security']), /max-age/);
  const asked = { resource_id: registered.json()['_id'], resource_scopes: ['view'] };
  const redeem = async (more: Readonly<Record<string, string>>) => {
    const { ticket } = (
      await protection(gateway, pat.token, { path: PERMISSION, body: asked })
    ).json();
    const form = { client_id: 'viewer', grant_type: UMA_GRANT, ticket: String(ticket), ...more };
    return askToken(gateway, form, pkiClient);
  };
  assert.equal((await redeem({})).json()['error'], 'request_denied');

  const own = await logIn(gateway, { id: 'viewer', certificate: pkiClient }, 'openid');
  const rpt = await redeem({
    claim_token: own.token,
    claim_token_format: 'urn:ietf:params:oauth:token-type:access_token',
  });
  assert.equal(rpt.status, 200, rpt.text);
  const form = { client_id: 'photos', token: String(rpt.json()['access_token']) };
  const seen = await postForm({ port, ca, path: '/oauth2/introspect', form, ...client });
  const { cnf, permissions } = seen.json();
  assert.deepEqual(cnf, { 'x5t#S256': pkiClient.thumbprint });
  assert.equal((permissions as readonly unknown[]).length, 1);
});
