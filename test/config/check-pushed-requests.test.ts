import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configurationFolder, LISTENER, UPSTREAM } from './configuration-folder.ts';

test('whether a client must push is for its own server to say', async (t) => {
  const folder = await configurationFolder(t);
  const text = `${LISTENER}${UPSTREAM}clients:
  - client_id: a
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    require_pushed_authorization_requests: true
`;
  assert.deepEqual(await folder.problemsOf(text), [
    'config.yaml:11:5 clients[0].require_pushed_authorization_requests: belongs to the embedded token service: the upstream decides it',
  ]);
});
