/** Clients that register at a gateway which gets another configuration while it serves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { jwkWithChain } from '../clients/presented.ts';
import { selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startGateway } from '../support/running-gateway.ts';
import {
  INITIAL_TOKEN,
  manage,
  register,
  registered,
  startRegistering,
  tokenFor,
} from './registering.ts';

test('a certificate that a client has replaced is good for nothing at once, also after a reload', async (t) => {
  const gateway = await startRegistering(t);
  const [first, second] = [await selfSigned(), await selfSigned()];
  const metadataOf = ({ certificate }: Issued) => ({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [jwkWithChain(certificate)] },
  });
  const client = await registered(gateway, metadataOf(first));
  const outcome = async (certificate: Issued): Promise<number> =>
    (await tokenFor(gateway, { client_id: client.clientId }, certificate)).status;
  assert.equal(await outcome(first), 200);
  // The service stays the one of before.
  await gateway.configure({ listener: '    http2: false' });
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  assert.equal(await outcome(first), 200);
  const updated = await manage(gateway, 'PUT', client, {
    ...metadataOf(second),
    client_id: client.clientId,
  });
  assert.equal(updated.status, 200, updated.text);
  assert.deepEqual([await outcome(first), await outcome(second)], [401, 200]);
});

test('by which certificates clients may register follows the listeners in a reload', async (t) => {
  const yaml = `
token_service:
  embedded:
    issuer: https://localhost:9443
    registration: {initial_access_token_files: [initial.token]}
`;
  const listenersWith = (more: string): string => `listeners:
  - address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    ${more}`;
  const gateway = await startGateway({
    yaml,
    listeners: listenersWith('client_certificate: want'),
    files: { 'initial.token': INITIAL_TOKEN },
  });
  t.after(() => gateway.close());
  const metadata = {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=pki-client,O=Test',
  };
  assert.equal((await register(gateway, metadata)).status, 400);
  await gateway.configure({ listeners: listenersWith('client_ca: [ca.pem]') });
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  const answer = await register(gateway, metadata);
  assert.equal(answer.status, 201, answer.text);
});
