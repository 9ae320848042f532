/** Clients that registered themselves, and the people that they send here. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { manage, registered, startRegistering } from '../gateway/registering.ts';
import { basic, postForm } from '../support/https-client.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { hashPassword } from '../../src/users/hash-password.ts';
import { formatPasswordHash } from '../../src/users/password-hash.ts';
import { createVisitor } from './page-visitor.ts';
import {
  askToken,
  authorizationUrl,
  codeOf,
  consentTo,
  createPkce,
  redemption,
  REDIRECT_URI,
  USER,
} from './people-gateway.ts';

async function introspect({ port, ca }: GatewayFixture, token: unknown) {
  const headers = [basic('resource-server', 'rs-secret')];
  const form = { token: String(token) };
  return (await postForm({ port, ca, path: '/oauth2/introspect', headers, form })).json();
}

const METHODS = [
  { token_endpoint_auth_method: 'tls_client_auth' },
  { token_endpoint_auth_method: 'client_secret_post' },
  { token_endpoint_auth_method: 'none' },
] as const;

for (const metadata of METHODS) {
  const { token_endpoint_auth_method: method } = metadata;
  test(`a client that registered for ${method} gets bound tokens for somebody who logs in`, async (t) => {
    const hash = formatPasswordHash(await hashPassword(USER.password));
    const gateway = await startRegistering(t, {
      embedded: 'users_file: users',
      files: { users: `${USER.username}:${hash}\n` },
    });
    const subject = { tls_client_auth_subject_dn: 'CN=pki-client,O=Test' };
    const isPki = method === 'tls_client_auth';
    const client = await registered(gateway, {
      token_endpoint_auth_method: method,
      ...(isPki && subject),
      client_name: 'Acme Bank',
      redirect_uris: [REDIRECT_URI],
    });
    const { grant_types: grants, scope } = client.information;
    assert.deepEqual([grants, scope], [['authorization_code'], 'openid']);

    const pkce = createPkce();
    const start = authorizationUrl({ client_id: client.clientId }, pkce);
    const visit = await consentTo(createVisitor(gateway), start);
    const identity = isPki ? gateway.pkiClient : gateway.stranger;
    const form = { ...redemption(codeOf(visit), pkce), client_id: client.clientId };
    const secret = method === 'client_secret_post' ? { client_secret: client.secret } : {};
    const answer = await askToken(gateway, { ...form, ...secret }, identity);
    assert.equal(answer.status, 200, answer.text);
    const { access_token: token } = answer.json();
    const { sub, cnf } = await introspect(gateway, token);
    assert.deepEqual([sub, cnf], [USER.username, { 'x5t#S256': identity.thumbprint }]);

    const other = authorizationUrl({ client_id: client.clientId, scope: 'openid profile' }, pkce);
    const { url } = await createVisitor(gateway).open(other);
    assert.equal(url.searchParams.get('error'), 'invalid_scope', 'it has not registered it');

    await manage(gateway, 'DELETE', client);
    assert.deepEqual(await introspect(gateway, token), { active: false });
  });
}
