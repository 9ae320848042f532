import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { after, test } from 'node:test';

import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';
import { createAuthority } from '../support/pki.ts';
import { createWorkshop, withoutOpenssl } from '../support/workshop.ts';
import { expectRefusal } from './trust-store-errors.ts';

/** Node's own reader, which the types of Node do not have yet. */
const { parsePKCS12 } = crypto as unknown as {
  parsePKCS12(
    bytes: Uint8Array,
    options: { readonly passphrase: string },
  ): { readonly additionalCertificates: readonly crypto.X509Certificate[] };
};

const skip = withoutOpenssl;
const { write, read, openssl } = createWorkshop(after);
const first = await createAuthority({ name: 'First CA' });
const second = await createAuthority({ name: 'Second CA' });
const leaf = await first.issue({ subject: 'CN=leaf,O=Test' });
write('cas.pem', first.certificatePem + second.certificatePem);
write('leaf.pem', leaf.certificatePem);
write('leaf-key.pem', leaf.privateKeyPem);

/** A file of the two CAs. */
const exportCas = (name: string, passphrase: string, ...options: readonly string[]): Buffer => {
  const given = ['-nokeys', '-in', 'cas.pem', '-passout', `pass:${passphrase}`, '-out', name];
  openssl('pkcs12', '-export', ...given, ...options);
  return read(name);
};

const hex = (der: Uint8Array): string => Buffer.from(der).toString('hex');
const both = [hex(first.certificate), hex(second.certificate)];

const read12 = (bytes: Uint8Array, passphrase?: string): readonly string[] => {
  const store = readTrustStore(bytes, passphrase === undefined ? {} : { passphrase });
  assert.equal(store.format, 'pkcs12');
  return store.certificates.map(({ der }) => hex(der));
};

test(
  'reads what openssl and crypto.parsePKCS12 read, whatever encryption and digest',
  { skip },
  () => {
    for (const [index, options] of [
      [],
      ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha1'],
      ['-certpbe', 'AES-192-CBC', '-macalg', 'sha384'],
      ['-certpbe', 'AES-256-CBC', '-macalg', 'sha512', '-iter', '10000', '-maciter'],
      ['-certpbe', 'NONE'],
      ['-nomac'],
      ['-nomaciter', '-noiter'],
    ].entries()) {
      const bytes = exportCas(`options-${index}.p12`, 'pässwörd €', ...options);
      assert.deepEqual(read12(bytes, 'pässwörd €'), both, options.join(' '));
      const { additionalCertificates } = parsePKCS12(bytes, { passphrase: 'pässwörd €' });
      assert.deepEqual(
        additionalCertificates.map(({ raw }) => hex(raw)),
        both,
      );
    }
  },
);

test('reads a file with the empty passphrase, given or not', { skip }, () => {
  const bytes = exportCas('empty.p12', '');
  assert.deepEqual(read12(bytes), both);
  assert.deepEqual(read12(bytes, ''), both);
  expectRefusal(bytes, 'x', { reason: 'trust_store_passphrase', message: /wrong passphrase/ });
});

test('tells a missing and a wrong passphrase from other faults', { skip }, () => {
  const bytes = exportCas('passphrase.p12', 'secret');
  const reason = 'trust_store_passphrase';
  expectRefusal(bytes, undefined, { reason, message: /a passphrase is needed/ });
  for (const wrong of ['', 'Secret', 'secret ', 'secret\0', 'secret\0x']) {
    expectRefusal(bytes, wrong, { reason, message: /passphrase/ });
  }
  const changed = Buffer.from(bytes);
  changed[200] = (changed[200] ?? 0) ^ 1;
  expectRefusal(changed, 'secret', { reason, message: /the file was changed/ });
});

test('gives names where openssl wrote them', { skip }, () => {
  const bytes = exportCas('named.p12', 'secret', '-caname', 'One', '-caname', 'Zwölf');
  const { certificates } = readTrustStore(bytes, { passphrase: 'secret' });
  assert.deepEqual(
    certificates.map(({ alias }) => alias),
    ['One', 'Zwölf'],
  );
});

test('trusts no certificate of a key store, and says what to do', { skip }, () => {
  const key = ['-inkey', 'leaf-key.pem', '-in', 'leaf.pem', '-certfile', 'cas.pem'];
  openssl('pkcs12', '-export', ...key, '-passout', 'pass:secret', '-out', 'key.p12');
  expectRefusal(read('key.p12'), 'secret', {
    reason: 'trust_store_unreadable',
    message:
      /1 private keys with 3 certificates .* openssl pkcs12 -legacy -in FILE -nokeys -cacerts/,
  });
});

test('refuses old encryption with a recipe that works', { skip }, () => {
  for (const [name, ...options] of [
    ['legacy.p12', '-legacy'],
    ['rc2.p12', '-legacy', '-certpbe', 'PBE-SHA1-RC2-40'],
    ['des.p12', '-certpbe', 'PBE-SHA1-3DES'],
  ] as const) {
    const bytes = exportCas(name, 'secret', ...options);
    const error = { reason: 'trust_store_unreadable', message: /openssl pkcs12 -legacy -in FILE/ };
    expectRefusal(bytes, 'secret', error);

    let recipe = '';
    try {
      readTrustStore(bytes, { passphrase: 'secret' });
    } catch (refusal) {
      recipe = /openssl (.*)$/.exec(String(refusal))?.[1] ?? '';
    }
    const args = recipe.replaceAll('FILE', name).split(' ');
    openssl(...args, '-passin', 'pass:secret');
    const converted = readTrustStore(read(`${name}.pem`));
    assert.deepEqual(
      converted.certificates.map(({ der }) => hex(der)),
      both,
    );
  }
});

test('refuses a file that asks for more key derivation than any tool does', { skip }, () => {
  const expected = { reason: 'trust_store_unreadable', message: /iterations are not between/ };
  const forMac = exportCas('mac-iterations.p12', 'secret', '-iter', '1100000', '-certpbe', 'NONE');
  expectRefusal(forMac, 'secret', expected);
  const options = ['-iter', '1100000', '-certpbe', 'AES-256-CBC', '-nomaciter'];
  const forKey = exportCas('key-iterations.p12', 'secret', ...options);
  expectRefusal(forKey, 'secret', expected);
});

test('refuses a PKCS#12 file that is cut short at any length', { skip }, () => {
  const bytes = exportCas('cut.p12', 'secret');
  for (let length = 1; length < bytes.length; length += 1) {
    expectRefusal(bytes.subarray(0, length), 'secret', {
      reason: 'trust_store_unreadable',
      message: /DER offset/,
    });
  }
});
