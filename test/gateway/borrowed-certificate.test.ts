import assert from 'node:assert/strict';
import { test } from 'node:test';

import { postForm } from '../support/https-client.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

test("T18: the victim's certificate sent along in the handshake makes nobody the victim", async (t) => {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const authority = await createAuthority({ name: 'Client CA' });
  const issue = (subject: string) => authority.issue({ subject, eku: ['clientAuth'] });
  const victim = await issue('CN=victim,O=Test');
  const gateway = await startGateway({
    clientCa: 'client-ca.pem',
    files: { 'client-ca.pem': authority.certificatePem, 'victim.pem': victim.certificatePem },
    yaml: `
token_service: {upstream: {url: '${upstream.url}'}}
clients:
  - client_id: by-subject
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=victim,O=Test
    upstream: {client_secret: s}
  - client_id: by-certificate
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [victim.pem]
    upstream: {client_secret: s}`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  // One that the same CA has issued for another subject, and one of the attacker's own making.
  const attackers = [
    await issue('CN=attacker,O=Test'),
    await selfSigned({ subject: 'CN=victim,O=Test' }),
  ];
  for (const attacker of attackers) {
    for (const others of [[victim], [victim, authority], [authority, victim], [victim, victim]]) {
      for (const clientId of ['by-subject', 'by-certificate']) {
        const known = gateway.log().length;
        const pems = [attacker, ...others].map(({ certificatePem }) => certificatePem);
        const answer = await postForm({
          port,
          ca,
          path: '/oauth2/token',
          form: { grant_type: 'client_credentials', client_id: clientId },
          certificatePem: pems.join(''),
          privateKeyPem: attacker.privateKeyPem,
        });
        assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
        const line = await gateway.logged(({ msg }) => msg === 'request', known);
        assert.equal(line['thumbprint'], attacker.thumbprint);
      }
    }
  }
  assert.deepEqual(upstream.requests, []);
});
