import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { publicKeyPinOf } from '../../src/certificate/thumbprint.ts';
import { jwkWithChain } from '../clients/presented.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { createWorkshop } from '../support/workshop.ts';
import { expectBound, pkiClient, selfSignedClient, startWithClients } from './client-attempt.ts';
import { tokenByCurl, withoutCurl } from './curl.ts';

const workshop = createWorkshop(after);
const authority = await createAuthority({ name: 'Client CA' });
const hidden = await createAuthority({ name: 'Hidden CA' });
const own = await selfSigned({ keyType: 'rsa' });
const common: Issued = await authority.issue({
  subject: 'CN=client,O=Test',
  eku: ['clientAuth'],
  san: {
    dns: ['client.example.com'],
    uri: ['urn:example:client'],
    ip: ['192.0.2.1'],
    email: ['client@example.com'],
  },
});
const ofHidden = await hidden.issue({ subject: 'CN=client,O=Test', eku: ['clientAuth'] });
const subject = { tls_client_auth_subject_dn: 'CN=client,O=Test' } as const;
const pin = publicKeyPinOf(parseCertificate(common.certificate).publicKey);

const KINDS = {
  'registered-certificate': [selfSignedClient({ certificates: [own.certificatePem] }), own],
  thumbprint: [selfSignedClient({ certificate_thumbprints: [own.thumbprint] }), own],
  'inline-jwks': [selfSignedClient({ jwks: { keys: [jwkWithChain(own.certificate)] } }), own],
  'subject-dn': [pkiClient(subject), common],
  'san-dns': [pkiClient({ tls_client_auth_san_dns: 'client.example.com' }), common],
  'san-uri': [pkiClient({ tls_client_auth_san_uri: 'urn:example:client' }), common],
  'san-ip': [pkiClient({ tls_client_auth_san_ip: '192.0.2.1' }), common],
  'san-email': [pkiClient({ tls_client_auth_san_email: 'client@example.com' }), common],
  'spki-pin': [pkiClient({ ...subject, spki_pins: [pin] }), common],
  'trust-anchor': [pkiClient({ ...subject, trust_anchors: ['hidden.pem'] }), ofHidden],
} as const;

test('curl gets a bound token as a client of each kind', { skip: withoutCurl }, async (t) => {
  const gateway = await startWithClients(t, {
    clients: Object.fromEntries(Object.entries(KINDS).map(([id, [keys]]) => [id, keys])),
    files: { 'clients.pem': authority.certificatePem, 'hidden.pem': hidden.certificatePem },
    clientCa: 'clients.pem',
  });
  const stranger = await selfSigned();
  for (const [clientId, [, identity]] of Object.entries(KINDS)) {
    const answer = await tokenByCurl(gateway, { clientId, identity, workshop });
    assert.equal(answer['token_type'], 'Bearer', `${clientId}: ${JSON.stringify(answer)}`);
    const token = String(answer['access_token']);
    await expectBound(gateway, { token, clientId, thumbprint: identity.thumbprint });
    const refused = await tokenByCurl(gateway, { clientId, identity: stranger, workshop });
    assert.equal(refused['error'], 'invalid_client');
  }
});
