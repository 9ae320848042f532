/** Flows that clients run by openid-client, beside that with a code. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as client from 'openid-client';

import { clientLibrary } from './client-library.ts';
import { createVisitor } from './page-visitor.ts';
import { DEVICE_GRANT, startPeople, USER } from './people-gateway.ts';

const DEVICE = `
  - client_id: device
    client_name: Acme TV
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: ['${DEVICE_GRANT}', refresh_token]
    scope: openid accounts
`;

const LEGACY = `
  - client_id: legacy
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    grant_types: [password, refresh_token]
`;

test('openid-client lets a device in, renews its tokens and looks at them', async (t) => {
  const gateway = await startPeople(t, { clients: DEVICE });
  const config = await clientLibrary(gateway, gateway.client, 'device');
  const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid accounts' });
  const visitor = createVisitor(gateway);
  const confirm = await visitor.submit(await visitor.open('/oauth2/device'), {
    user_code: begun.user_code,
  });
  const login = await visitor.submit(confirm, { confirm: 'yes' });
  const consent = await visitor.submit(login, { ...USER, answer: 'login' });
  await visitor.submit(consent, { answer: 'allow' });

  // Nobody has to wait where the person was faster.
  const tokens = await client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.001 });
  assert.equal(tokens.claims()?.sub, USER.username);
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  const seen = await client.tokenIntrospection(config, renewed.access_token);
  assert.equal(seen.active, true);
  assert.deepEqual(seen.cnf, { 'x5t#S256': gateway.client.thumbprint });
  await client.tokenRevocation(config, renewed.access_token);
  assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false);
});

test('openid-client has tokens for a password, and renews them', async (t) => {
  const embedded = '    password_grant: true\n';
  const gateway = await startPeople(t, { clients: LEGACY, embedded });
  const config = await clientLibrary(gateway, gateway.client, 'legacy');
  const tokens = await client.genericGrantRequest(config, 'password', { ...USER });
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  const seen = await client.tokenIntrospection(config, renewed.access_token);
  assert.deepEqual(
    [seen.active, seen.sub, seen.cnf],
    [true, USER.username, { 'x5t#S256': gateway.client.thumbprint }],
  );
});
