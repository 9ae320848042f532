import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';

import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { ABSENT, extensionsOf, hex, rebuilt } from './rebuilt.ts';
import type { Fields } from './rebuilt.ts';

const authority = await createAuthority();
const issued = await authority.issue({ subject: 'CN=leaf,O=Test', serialNumber: '00ff01' });
const leaf = issued.certificate;

const refused = (changes: Partial<Fields>, detail: RegExp): void => {
  assert.throws(() => parseCertificate(rebuilt(leaf, changes)), {
    name: 'CertificateError',
    reason: 'certificate_malformed',
    publicText: 'the client certificate was refused',
    message: detail,
  });
};

const extensions = (...list: readonly Uint8Array[]): Uint8Array =>
  writeDer(0xa3, writeDer(0x30, ...list));

test('gives the facts of a certificate', () => {
  const certificate = parseCertificate(leaf);
  assert.equal(certificate.thumbprint, issued.thumbprint);
  assert.equal(formatDistinguishedName(certificate.subject), 'CN=leaf,O=Test');
  assert.equal(formatDistinguishedName(certificate.issuer), 'CN=Test CA,O=Test');
  assert.equal(certificate.serialNumber, '00ff01');
  assert.equal(certificate.isSelfIssued, false);
  assert.deepEqual(Buffer.from(certificate.der), Buffer.from(leaf));
  const x509 = new X509Certificate(leaf);
  assert.deepEqual(
    Buffer.from(certificate.publicKey),
    x509.publicKey.export({ type: 'spki', format: 'der' }),
  );
  assert.equal(certificate.notBefore, x509.validFromDate.getTime());
  assert.equal(certificate.notAfter, x509.validToDate.getTime());
});

test('reads dates on both sides of 2050 to the second', async () => {
  const notBefore = Date.UTC(2024, 1, 29, 23, 59, 59);
  const notAfter = Date.UTC(2051, 5, 7, 8, 9, 10);
  const dated = parseCertificate((await selfSigned({ notBefore, notAfter })).certificate);
  assert.deepEqual([dated.notBefore, dated.notAfter], [notBefore, notAfter]);
});

test('takes RSA keys, version 1 and self-issued certificates', async () => {
  const rsa = parseCertificate((await selfSigned({ ca: true, keyType: 'rsa' })).certificate);
  assert.equal(rsa.isSelfIssued, true);
  assert.equal(rsa.subject, rsa.issuer);
  const first = rebuilt(leaf, { version: ABSENT, extensions: ABSENT });
  assert.equal(parseCertificate(first).serialNumber, '00ff01');
});

test('returns data that nobody can change', () => {
  const source = new Uint8Array(leaf);
  const certificate = parseCertificate(source);
  const attribute = certificate.subject[0]?.[0];
  for (const part of [certificate, certificate.subject, certificate.subject[0], attribute]) {
    assert.ok(Object.isFrozen(part));
  }
  source.fill(0);
  assert.deepEqual(Buffer.from(certificate.der), Buffer.from(leaf));
});

test('refuses octets after the certificate and a certificate cut short', () => {
  assert.throws(() => parseCertificate(Buffer.concat([leaf, hex('00')])), /octets follow/);
  assert.throws(() => parseCertificate(leaf.subarray(0, -1)), /length runs past the end/);
  assert.throws(() => parseCertificate(new Uint8Array()), { reason: 'certificate_malformed' });
  assert.throws(() => parseCertificate(hex('30 00')), /does not have 3 fields/);
});

test('refuses serial numbers that are zero, negative or too long', () => {
  refused({ serialNumber: hex('02 01 00') }, /serial number zero/);
  refused({ serialNumber: hex('02 01 80') }, /negative serial number/);
  refused({ serialNumber: hex(`02 15 00 ${'ff'.repeat(20)}`) }, /more than 20 octets/);
  refused({ serialNumber: ABSENT }, /serialNumber is not of type integer/);
  const longest = rebuilt(leaf, { serialNumber: hex(`02 14 7f ${'ff'.repeat(19)}`) });
  assert.equal(parseCertificate(longest).serialNumber.length, 40);
});

test('refuses versions that are written out of turn', () => {
  refused({ version: hex('a0 03 02 01 00') }, /version field 00/);
  refused({ version: hex('a0 03 02 01 03') }, /version field 03/);
  refused({ version: hex('a0 06 02 01 02 02 01 02') }, /version does not hold exactly one value/);
  refused({ version: hex('a0 00') }, /version does not hold exactly one value/);
  refused({ version: hex('80 01 02') }, /version does not hold exactly one value/);
  refused({ version: ABSENT }, /extensions in version 1/);
  refused({ version: hex('a0 03 02 01 01') }, /extensions in version 2/);
  refused(
    { version: ABSENT, extensions: ABSENT, uniqueIdentifiers: hex('81 02 00 01') },
    /unique identifier in a version 1 certificate/,
  );
});

test('refuses a signature algorithm that differs inside and outside', () => {
  const sha384 = hex('30 0a 06 08 2a 86 48 ce 3d 04 03 03');
  refused({ signatureAlgorithm: sha384 }, /signature algorithms differ/);
  refused({ signature: sha384 }, /signature algorithms differ/);
  refused({ signatureAlgorithm: hex('30 00') }, /signatureAlgorithm is missing/);
  refused({ signatureValue: hex('03 02 01 02') }, /signature is not made of whole octets/);
  refused({ afterSignature: hex('05 00') }, /certificate does not have 3 fields/);
});

test('refuses extensions that are empty, doubled or of another shape', () => {
  const [first = ABSENT, ...others] = extensionsOf(leaf);
  const type = writeObjectIdentifier('1.2.3.4');
  const value = hex('04 00');
  refused({ extensions: extensions(first, ...others, first) }, /extension 2\.5\.29\.14 twice/);
  refused({ extensions: extensions() }, /empty list of extensions/);
  refused({ extensions: extensions(writeDer(0x30, type)) }, /value of extension 1\.2\.3\.4/);
  refused(
    { extensions: extensions(writeDer(0x30, type, hex('05 00'))) },
    /not of type octetString/,
  );
  refused({ extensions: extensions(writeDer(0x30, type, value, value)) }, /with extra fields/);
  refused({ afterExtensions: hex('05 00') }, /unknown field in tbsCertificate/);
  refused({ afterExtensions: hex('a3 02 30 00') }, /unknown field in tbsCertificate/);
  const twoLists = writeDer(0xa3, hex('30 00'), hex('30 00'));
  refused({ extensions: twoLists }, /extensions does not hold exactly one value/);
  const explicitFalse = writeDer(0x30, type, hex('01 01 00'), value);
  assert.ok(parseCertificate(rebuilt(leaf, { extensions: extensions(explicitFalse) })));
});

test('refuses names, validity and keys of another shape', () => {
  refused({ subject: hex('05 00') }, /subject is not of type sequence/);
  refused({ subject: hex('30 02 31 00') }, /subject has an empty RDN/);
  refused({ subject: hex('30 07 31 05 30 03 06 01 55') }, /not a type with a value/);
  refused({ validity: hex('30 00') }, /validity does not have 2 fields/);
  refused({ validity: hex('30 04 05 00 05 00') }, /notBefore is not of type generalizedTime/);
  refused({ publicKey: hex('30 00') }, /subjectPublicKeyInfo does not have 2 fields/);
  const halfOctet = hex('30 0d 30 07 06 05 2b 81 04 00 22 03 02 04 f0');
  refused({ publicKey: halfOctet }, /public key is not made of whole octets/);
});

test('refuses what the TLS library refuses, without telling its text to the client', () => {
  const odd = hex('30 0c 31 0a 30 08 06 03 55 04 03 80 01 41');
  refused({ subject: odd }, /^refused by the TLS library$/);
});

test('refuses a certificate that carries another one as PEM, which the library would read', async () => {
  const victim = await selfSigned({ subject: 'CN=victim,O=Test' });
  const pem = writeDer(0x04, Buffer.from(`\n${victim.certificatePem}`));
  const attack = await selfSigned({
    subject: 'CN=attacker,O=Test',
    extensions: [{ type: '1.2.3.4', critical: false, value: pem }],
  });
  assert.match(new X509Certificate(attack.certificate).subject, /CN=victim/);
  assert.throws(() => parseCertificate(attack.certificate), {
    reason: 'certificate_malformed',
    message: 'read otherwise by the TLS library',
  });
});

test('names the offset of what breaks the rules', () => {
  refused({ serialNumber: hex('02 02 00 01') }, /DER offset 15: INTEGER not in its shortest form/);
});
