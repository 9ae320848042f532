import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allNotations } from '../../src/certificate/thumbprint.ts';
import { createClientRegistry } from '../../src/clients/registry.ts';
import type { ClientRecord } from '../../src/clients/registry.ts';
import { selfSigned } from '../support/pki.ts';
import { clientWith } from './presented.ts';

const record = (more: Partial<ClientRecord> & Pick<ClientRecord, 'method'>): ClientRecord => ({
  clientId: 'a',
  certificates: [],
  subjectDn: undefined,
  upstreamCredential: undefined,
  ...more,
});

test('finds a client by its exact identifier and lists all in their order', () => {
  const registry = createClientRegistry([
    record({ clientId: 'b', method: 'client_secret_basic' }),
    record({ clientId: 'a', method: 'client_secret_post' }),
  ]);
  assert.equal(registry.find('a')?.method, 'client_secret_post');
  assert.equal(registry.find('A'), undefined);
  assert.equal(registry.find('a '), undefined);
  assert.equal(registry.find('constructor'), undefined);
  assert.deepEqual(
    registry.clients.map(({ clientId }) => clientId),
    ['b', 'a'],
  );
});

test('turns every notation of a thumbprint into that of RFC 8705', async () => {
  const { certificate, thumbprint } = await selfSigned();
  const { hex, colonHex, rfc, wso2Hexified } = allNotations(certificate);
  for (const text of [hex, colonHex, rfc, wso2Hexified]) {
    const { thumbprints } = clientWith({
      method: 'self_signed_tls_client_auth',
      certificateThumbprints: [text],
    });
    assert.deepEqual([...thumbprints], [thumbprint]);
  }
});

test('refuses records that could make anybody a client, naming the key', async () => {
  const { certificate } = await selfSigned();
  const { sha1X5t } = allNotations(certificate);
  for (const [bad, message] of [
    [record({ method: 'tls_client_auth' }), /"a": "tls_client_auth_subject_dn" is required/],
    [record({ method: 'tls_client_auth', subjectDn: '' }), /"tls_client_auth_subject_dn".* empty/],
    [
      record({ method: 'tls_client_auth', subjectDn: 'CN=a', sanDns: 'a.b' }),
      /"tls_client_auth_san_dns" stands beside tls_client_auth_subject_dn/,
    ],
    [
      record({ method: 'tls_client_auth', subjectDn: 'CN=a', publicKeyPins: ['x'] }),
      /"spki_pins" is no SHA-256/,
    ],
    [
      record({ method: 'self_signed_tls_client_auth', certificateThumbprints: [sha1X5t] }),
      /"certificate_thumbprints" is no SHA-256/,
    ],
  ] as const) {
    assert.throws(() => createClientRegistry([bad]), { name: 'StartError', message });
  }
});
