import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { allNotations, publicKeyPinOf } from '../../src/certificate/thumbprint.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

test('check prints what clients are known by in one notation, whatever the file has', async (t) => {
  const authority = await createAuthority();
  const server = await authority.issue({ subject: 'CN=localhost' });
  const client = await selfSigned();
  const other = await selfSigned();
  const pin = publicKeyPinOf(parseCertificate(client.certificate).publicKey);
  const config = `listeners:
  - {address: "127.0.0.1:0", certificate: server.pem, private_key: key.pem, client_ca: [ca.pem]}
token_service: {embedded: {issuer: "https://localhost:9443"}}
clients:
  - client_id: a
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    certificate_thumbprints: ["${allNotations(other.certificate).colonHex}"]
  - client_id: b
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: EMAILADDRESS=gangani@wso2.com, CN=Gaga, OU=IAM, O=WSO2, C=SL
    spki_pins: ["sha256/${Buffer.from(pin, 'base64url').toString('base64')}"]
    trust_anchors: [ca.pem]
  - client_id: c
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_san_ip: 2001:DB8:0:0::1
  - client_id: d
    token_endpoint_auth_method: self_signed_tls_client_auth
    jwks_uri: https://d.example/jwks
`;
  const folder = await folderWith(t, {
    'config.yaml': config,
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'key.pem': server.privateKeyPem,
    'client.pem': client.certificatePem,
  });
  const { stdout, stderr, code } = await runCertbound(['check', '--expires-within', '0'], {
    folder,
  });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.equal(
    stdout.slice(stdout.indexOf('client a')),
    `client a  self_signed_tls_client_auth
  certificate ${client.thumbprint}
  certificate ${other.thumbprint}
client b  tls_client_auth
  tls_client_auth_subject_dn emailAddress=gangani@wso2.com,CN=Gaga,OU=IAM,O=WSO2,C=SL
  spki_pins ${pin}
  trust_anchors ${authority.thumbprint}
client c  tls_client_auth
  tls_client_auth_san_ip 2001:db8::1
client d  self_signed_tls_client_auth
  jwks_uri https://d.example/jwks
`,
  );
});
