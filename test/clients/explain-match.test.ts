import assert from 'node:assert/strict';
import { test } from 'node:test';

import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { explainMatch } from '../../src/clients/explain-match.ts';
import { createClientRegistry } from '../../src/clients/registry.ts';
import type { ClientRecord } from '../../src/clients/registry.ts';
import { createAuthority } from '../support/pki.ts';
import { jwksOf, jwkWithChain, presented, SELF_SIGNED, TRUSTED } from './presented.ts';

test('tells which clients match, and of every other what keeps it from being one', async () => {
  const authority = await createAuthority();
  const { certificate } = await authority.issue({ subject: 'CN=client,O=Test' });
  const { certificate: other } = await authority.issue();
  const base = { certificates: [], subjectDn: undefined, upstreamCredential: undefined };
  const records: readonly ClientRecord[] = [
    { ...base, clientId: 'secret', method: 'client_secret_basic' },
    {
      ...base,
      clientId: 'registered',
      method: 'self_signed_tls_client_auth',
      certificates: [other],
    },
    { ...base, clientId: 'by-name', method: 'tls_client_auth', subjectDn: 'CN=client,O=Test' },
    { ...base, clientId: 'by-dns', method: 'tls_client_auth', sanDns: 'a.example' },
    {
      ...base,
      clientId: 'own-anchor',
      method: 'tls_client_auth',
      subjectDn: 'CN=client,O=Test',
      trustAnchors: [other],
    },
    {
      ...base,
      clientId: 'fetched',
      method: 'self_signed_tls_client_auth',
      jwksUri: 'https://a.example/jwks',
    },
    {
      ...base,
      clientId: 'unfetched',
      method: 'self_signed_tls_client_auth',
      jwksUri: 'https://b.example/jwks',
    },
  ];
  const jwks = await jwksOf(jwkWithChain(certificate));
  const explanations = createClientRegistry(records).clients.map((client) => {
    const { clientId } = client;
    const verdict = clientId === 'own-anchor' ? SELF_SIGNED : TRUSTED;
    const answer = clientId === 'fetched' ? ({ kind: 'keys', jwks } as const) : undefined;
    return explainMatch(client, presented(certificate, verdict), answer);
  });

  assert.deepEqual(
    explanations.map(({ clientId, matches, reason }) => [clientId, matches, reason]),
    [
      ['secret', false, 'client_method_mismatch'],
      ['registered', false, 'certificate_not_registered'],
      ['by-name', true, undefined],
      ['by-dns', false, 'certificate_subject_mismatch'],
      ['own-anchor', false, 'certificate_untrusted'],
      ['fetched', true, undefined],
      ['unfetched', false, 'client_keys_unavailable'],
    ],
  );
  const registeredOf = (id: string) =>
    explanations.find(({ clientId }) => clientId === id)?.registered;
  assert.deepEqual(registeredOf('by-dns'), ['tls_client_auth_san_dns a.example']);
  assert.deepEqual(registeredOf('registered'), [`certificate ${thumbprintOf(other)}`]);
  assert.deepEqual(registeredOf('own-anchor'), [
    'tls_client_auth_subject_dn CN=client,O=Test',
    `trust_anchors ${thumbprintOf(other)}`,
  ]);
  assert.deepEqual(registeredOf('fetched'), [
    'jwks_uri https://a.example/jwks',
    `jwks_uri ${thumbprintOf(certificate)}`,
  ]);
});
