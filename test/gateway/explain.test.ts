import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EMBEDDED, MANAGEMENT_TOKEN, startGateway } from '../support/running-gateway.ts';
import { registered, startRegistering } from './registering.ts';

test('the management listener explains a certificate as the gateway judges it', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED });
  t.after(() => gateway.close());
  const explain = async (pem: string, query = '') => {
    const url = `http://127.0.0.1:${gateway.managementPort}/explain${query}`;
    const headers = { authorization: `Bearer ${MANAGEMENT_TOKEN}` };
    const answer = await fetch(url, { method: 'POST', headers, body: pem });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
  const { pkiClient, stranger } = gateway;
  const trusted = await explain(pkiClient.certificatePem, '?client=pki');
  assert.equal(trusted.status, 200);
  assert.partialDeepStrictEqual(trusted.json['verdict'], { kind: 'trusted', reason: null });
  assert.equal(trusted.json['thumbprint'], pkiClient.thumbprint);

  const selfSigned = await explain(stranger.certificatePem);
  assert.partialDeepStrictEqual(selfSigned.json['verdict'], { kind: 'self_signed', reason: null });

  const garbage = await explain('garbage');
  assert.equal(garbage.status, 400);
  assert.ok(garbage.json['error']);
});

test('a client that registered itself is explained when it is named', async (t) => {
  const gateway = await startRegistering(t);
  const { clientId } = await registered(gateway, {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: 'client.example',
  });
  const url = `http://127.0.0.1:${gateway.managementPort}/explain?client=${clientId}`;
  const headers = { authorization: `Bearer ${MANAGEMENT_TOKEN}` };
  const body = gateway.pkiClient.certificatePem;
  const answer = await fetch(url, { method: 'POST', headers, body });
  const { clients } = (await answer.json()) as { readonly clients: readonly object[] };
  assert.partialDeepStrictEqual(clients, [
    { client_id: clientId, matches: false, reason: 'certificate_subject_mismatch' },
  ]);
  assert.equal(clients.length, 1);
});
