import assert from 'node:assert/strict';
import { test } from 'node:test';

import { generateKeys } from '../../src/certificate/mint/mint.ts';
import { publicKeyPinOf } from '../../src/certificate/thumbprint.ts';
import { matchClient } from '../../src/clients/match-client.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { selfSigned } from '../support/pki.ts';
import { certificateOf, clientWith, presented, SELF_SIGNED } from './presented.ts';

const METHOD = 'tls_client_auth';
const SUBJECT = 'CN=client,O=Test';

const certificate = async () =>
  (
    await selfSigned({
      subject: SUBJECT,
      san: {
        dns: ['client.example.com'],
        uri: ['urn:example:client'],
        ip: ['2001:db8::7'],
        email: ['client@example.com'],
      },
    })
  ).certificate;

const RIGHT = {
  subjectDn: SUBJECT,
  sanDns: 'CLIENT.example.com',
  sanUri: 'urn:example:client',
  sanIp: '2001:DB8:0::7',
  sanEmail: 'client@EXAMPLE.com',
} as const;

const WRONG = {
  subjectDn: 'CN=other,O=Test',
  sanDns: 'other.example.com',
  sanUri: 'urn:example:other',
  sanIp: '2001:db8::8',
  sanEmail: 'other@example.com',
} as const;

test('a trusted certificate with the registered subject passes, by each of the five parameters', async () => {
  const seen = presented(await certificate());
  for (const [key, value] of Object.entries(RIGHT)) {
    assert.equal(matchClient(clientWith({ method: METHOD, [key]: value }), seen), undefined, key);
  }
  for (const [key, value] of Object.entries(WRONG)) {
    assert.equal(
      matchClient(clientWith({ method: METHOD, [key]: value }), seen)?.reason,
      'certificate_subject_mismatch',
      key,
    );
  }
});

test('no subject makes a certificate pass that nobody vouches for', async () => {
  const der = await certificate();
  const untrusted = {
    kind: 'untrusted',
    of: 'path',
    reason: 'certificate_issuer_unknown',
    detail: 'issuer CN=ca is unknown',
  } as const;
  for (const [key, value] of Object.entries(RIGHT)) {
    const client = clientWith({ method: METHOD, [key]: value });
    assert.equal(
      matchClient(client, presented(der, SELF_SIGNED))?.reason,
      'certificate_untrusted',
      key,
    );
    assert.deepEqual(matchClient(client, presented(der, untrusted)), {
      reason: 'certificate_issuer_unknown',
      detail: 'issuer CN=ca is unknown',
    });
  }
});

test('a pinned key counts beside the subject, not in place of it', async () => {
  const [own, others] = [await generateKeys('ec'), await generateKeys('ec')];
  const [mine, theirs, renamed] = [
    presented(await certificateOf(own)),
    presented(await certificateOf(others)),
    presented(await certificateOf(own, { subject: 'CN=other' })),
  ];
  const pin = publicKeyPinOf(mine.certificate.publicKey);
  const client = clientWith({
    method: METHOD,
    subjectDn: SUBJECT,
    publicKeyPins: [`sha256/${Buffer.from(pin, 'base64url').toString('base64')}`, 'A'.repeat(43)],
  });
  assert.equal(matchClient(client, mine), undefined);
  const pinOfTheirs = publicKeyPinOf(theirs.certificate.publicKey);
  assert.deepEqual(matchClient(client, theirs), {
    reason: 'certificate_key_not_pinned',
    detail: `presented key ${pinOfTheirs}, pinned ${pin}, ${'A'.repeat(43)}`,
  });
  assert.equal(matchClient(client, renamed)?.reason, 'certificate_subject_mismatch');
});

test('says what was presented and what is registered', async () => {
  const seen = presented(await certificate());
  const detailOf = (key: keyof typeof WRONG) =>
    matchClient(clientWith({ method: METHOD, [key]: WRONG[key] }), seen)?.detail;
  assert.equal(
    detailOf('subjectDn'),
    'tls_client_auth_subject_dn: presented CN=client,O=Test, registered CN=other,O=Test',
  );
  assert.equal(
    detailOf('sanIp'),
    'tls_client_auth_san_ip: presented 2001:db8::7, registered 2001:db8::8',
  );
  const bare = presented((await selfSigned({ subject: SUBJECT })).certificate);
  assert.equal(
    matchClient(clientWith({ method: METHOD, sanDns: 'a.example' }), bare)?.detail,
    'tls_client_auth_san_dns: presented none, registered a.example',
  );
});

test('a detail stays short, however long a name is and however many there are (T25)', async () => {
  const dns = Array.from({ length: 80 }, (_, index) => `${'a'.repeat(200)}${index}`);
  const subject = [
    [{ type: '2.5.4.3', value: '\u202e\n'.repeat(3_000), encoding: 'utf8String' }],
  ] as const;
  const seen = presented((await selfSigned({ subject, san: { dns } })).certificate);
  for (const record of [{ sanDns: 'a.example' }, { subjectDn: 'CN=a' }]) {
    const { detail = '' } = matchClient(clientWith({ method: METHOD, ...record }), seen) ?? {};
    assert.ok(detail.length < 2_500, `${detail.length} characters`);
    assert.match(detail, /^[\x20-\x7e]+$/);
  }
});

test('alternative names that can not be read make the certificate malformed', async () => {
  const value = writeDer(0x30, writeDer(0x82, Uint8Array.of(0xff)));
  const { certificate: der } = await selfSigned({
    extensions: [{ type: '2.5.29.17', critical: false, value }],
  });
  const mismatch = matchClient(clientWith({ method: METHOD, sanDns: 'a.b' }), presented(der));
  assert.equal(mismatch?.reason, 'certificate_malformed');
});

test('a client of a secret is no certificate at all', async () => {
  const mismatch = matchClient(
    clientWith({ method: 'client_secret_basic' }),
    presented(await certificate()),
  );
  assert.deepEqual(mismatch, {
    reason: 'client_method_mismatch',
    detail: 'the client uses client_secret_basic',
  });
});
