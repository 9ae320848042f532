/** Clients that registered themselves, beside User-Managed Access. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import { bearer, register, registered, startRegistering, tokenFor } from './registering.ts';
import { RESOURCES, UMA_GRANT } from './uma-gateway.ts';

test('a client that registers itself becomes no resource server and asks for no resources', async (t) => {
  const gateway = await startRegistering(t, { embedded: 'uma: {}' });
  const { port, ca, stranger } = gateway;
  for (const metadata of [
    { grant_types: ['client_credentials', UMA_GRANT] },
    { scope: 'uma_protection' },
  ]) {
    const answer = await register(gateway, { ...metadata, response_types: [] });
    assert.deepEqual(
      [answer.status, answer.json()['error']],
      [400, 'invalid_client_metadata'],
      answer.text,
    );
  }

  const { clientId, secret } = await registered(gateway, {
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
  });
  const credentials = { client_id: clientId, client_secret: secret };
  const form = { ...credentials, grant_type: 'client_credentials' };
  const refused = await tokenFor(gateway, { ...form, scope: 'uma_protection' }, stranger);
  assert.equal(refused.json()['error'], 'invalid_scope');
  const denied = await tokenFor(gateway, { ...form, grant_type: UMA_GRANT, ticket: 'x' }, stranger);
  assert.match(denied.text, /grant type is not allowed for this client/);

  const answer = await tokenFor(gateway, form, stranger);
  const token = String(answer.json()['access_token']);
  const kept = await httpsRequest({
    port,
    ca,
    path: RESOURCES,
    headers: [bearer(token)],
    ...stranger,
  });
  assert.deepEqual([kept.status, kept.json()['error']], [403, 'insufficient_scope']);
});
