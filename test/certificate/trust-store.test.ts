import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';
import { writePem } from '../../src/certificate/pem.ts';
import { createAuthority } from '../support/pki.ts';
import { expectRefusal } from './trust-store-errors.ts';

const first = await createAuthority({ name: 'First CA' });
const second = await createAuthority({ name: 'Second CA' });
const bundle = `# First\n${first.certificatePem}\n# Second\n${second.certificatePem}`;

const bytesOf = (text: string): Buffer => Buffer.from(text);

test('reads every certificate of a PEM bundle and tells where it stands', () => {
  const store = readTrustStore(bytesOf(bundle));
  const secondLine = bundle.slice(0, bundle.lastIndexOf('-----BEGIN')).split('\n').length;
  assert.equal(store.format, 'pem');
  assert.deepEqual(
    store.certificates.map(({ der, line }) => [Buffer.from(der), line]),
    [
      [Buffer.from(first.certificate), 2],
      [Buffer.from(second.certificate), secondLine],
    ],
  );
  assert.deepEqual(store.ignored, []);
});

test('names what else a PEM bundle holds', () => {
  const crl = '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n';
  const store = readTrustStore(bytesOf(first.privateKeyPem + crl + first.certificatePem));
  assert.deepEqual(
    store.ignored.map(({ kind }) => kind),
    ['private_key', 'revocation_list'],
  );
  assert.equal(store.certificates.length, 1);
});

test('reads a single certificate in DER', () => {
  const store = readTrustStore(first.certificate);
  assert.equal(store.format, 'der');
  assert.deepEqual(store.certificates, [{ der: first.certificate }]);
});

test('refuses a bundle with one damaged certificate and names it', () => {
  const damaged = Buffer.from(second.certificate);
  // The version of the certificate becomes one that does not exist.
  damaged[damaged.indexOf(Buffer.from('a003020102', 'hex')) + 4] = 7;
  expectRefusal(bytesOf(first.certificatePem + writePem(damaged)), undefined, {
    reason: 'trust_store_unreadable',
    message: /^certificate 2 of line \d+: .*version/,
  });
  const cut = bundle.slice(0, -100);
  expectRefusal(bytesOf(cut), undefined, {
    reason: 'trust_store_unreadable',
    message: /no END line/,
  });
});

test('refuses a store without any certificate', () => {
  const refusals: readonly [string | Uint8Array, RegExp][] = [
    ['', /the file is empty/],
    ['hello\n', /no trusted certificate/],
    [first.privateKeyPem, /no trusted certificate: the file has 1 private keys/],
    ['\0'.repeat(1_000), /no trusted certificate/],
    [Buffer.alloc(9 * 1_048_576, 0x20), /more than 8388608 octets/],
    [Buffer.from('3003020103', 'hex'), /PKCS#12|missing/],
    [Buffer.from('30', 'hex'), /ends within a value/],
    [Buffer.from('3080020103', 'hex'), /indefinite length; convert it with: openssl pkcs12/],
  ];
  for (const [content, message] of refusals) {
    expectRefusal(Buffer.from(content), undefined, { reason: 'trust_store_unreadable', message });
  }
});

test('says how to convert formats that are not read', () => {
  const expected = (message: RegExp) => ({ reason: 'trust_store_unreadable', message });
  const jceks = Buffer.from('cecececeffffffff', 'hex');
  expectRefusal(jceks, 'x', expected(/keytool -importkeystore -srcstoretype JCEKS/));
  const pkcs7 = Buffer.from('300b06092a864886f70d010702', 'hex');
  expectRefusal(pkcs7, 'x', expected(/openssl pkcs7 -print_certs/));
});

test('refuses a certificate in DER that is cut short at any length', () => {
  for (let length = 1; length < first.certificate.length; length += 1) {
    expectRefusal(first.certificate.subarray(0, length), undefined, {
      reason: 'trust_store_unreadable',
      message: /DER offset|PKCS#12/,
    });
  }
});
