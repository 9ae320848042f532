import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  encodeDistinguishedName,
  parseDistinguishedName,
  readDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import type {
  DistinguishedName,
  NameAttribute,
} from '../../src/certificate/name/distinguished-name.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';

const CN = '2.5.4.3';

const attribute = (
  value: string,
  encoding: NameAttribute['encoding'] = 'utf8String',
  type = CN,
): NameAttribute => ({ type, value, encoding });

/** Through DER, as a certificate would bring it. */
const fromCertificate = (name: DistinguishedName): DistinguishedName =>
  readDistinguishedName(readDer(encodeDistinguishedName(name)), 'subject');

/** A certificate whose subject has the RDNs of the text, in the certificate's order. */
const certificate = (text: string): DistinguishedName =>
  fromCertificate(parseDistinguishedName(text));

const same = (registered: string, presented: DistinguishedName): void => {
  assert.equal(
    sameDistinguishedName(parseDistinguishedName(registered), presented),
    true,
    registered,
  );
};
const different = (registered: string, presented: DistinguishedName): void => {
  const name = parseDistinguishedName(registered);
  assert.equal(sameDistinguishedName(name, presented), false, registered);
  assert.equal(sameDistinguishedName(presented, name), false, registered);
};

test('matches a name whose RDNs are equal in sequence', () => {
  const subject = certificate('CN=client,OU=Payments,O=Example,C=DE');
  same('CN=client,OU=Payments,O=Example,C=DE', subject);
  same('cn=client, ou=Payments, o=Example, c=DE', subject);
  same('2.5.4.3=client,2.5.4.11=Payments,2.5.4.10=Example,2.5.4.6=DE', subject);
});

test('tells names apart that differ in the order or number of RDNs', () => {
  const subject = certificate('CN=client,OU=Payments,O=Example');
  different('O=Example,OU=Payments,CN=client', subject);
  different('CN=client,O=Example,OU=Payments', subject);
  different('OU=Payments,O=Example', subject);
  different('CN=client,OU=Payments', subject);
  different('CN=client', subject);
  different('CN=client,OU=Payments,O=Example,C=DE', subject);
  different('CN=client,CN=client,OU=Payments,O=Example', subject);
});

test('tells names apart that one string operation or another would confuse', () => {
  const subject = certificate('CN=admin,O=Example');
  different('CN=admin2,O=Example', subject);
  different('CN=dmin,O=Example', subject);
  different('CN=admin\\,O=Example', subject);
  different('CN=admin\\,O\\=Example', subject);
  different('O=Example\\,CN=admin', subject);
  different('OU=x,CN=admin,O=Example', subject);
  different('UID=admin,O=Example', subject);
  different('CN=adm*,O=Example', subject);
  different('CN=.*,O=Example', subject);
  different('CN=admin,O=Example', certificate('CN=a\\,CN=admin,O=Example'));
  different('CN=a,CN=b', certificate('CN=a\\,CN=b'));
  different('CN=a,CN=b', certificate('CN=b,CN=a'));
  different('CN=b', certificate('CN=a,CN=b'));
  different('CN=a+UID=7', certificate('CN=a\\+UID=7'));
});

test('compares the attributes of one RDN as a set', () => {
  same('CN=a+UID=7,O=x', certificate('UID=7+CN=a,O=x'));
  different('CN=a+UID=7', certificate('CN=a,UID=7'));
  different('CN=a+UID=7', certificate('UID=7,CN=a'));
  different('CN=a+UID=7', certificate('CN=a'));
  different('CN=a+CN=a', certificate('CN=a+CN=b'));
  same('CN=a+CN=b', certificate('CN=b+CN=a'));
});

test('compares values without regard to case, outer spaces and runs of spaces', () => {
  const subject = fromCertificate([[attribute('  Big   Client ')]]);
  same('CN=big client', subject);
  same('CN=BIG CLIENT', subject);
  same('CN=\\ big  client\\ ', subject);
  different('CN=bigclient', subject);
  same('CN=', fromCertificate([[attribute('   ')]]));
});

test('compares texts and not the ASN.1 types they were encoded in', () => {
  for (const encoding of [
    'utf8String',
    'printableString',
    'ia5String',
    'teletexString',
    'bmpString',
    'universalString',
  ] as const) {
    same('CN=Client 7', fromCertificate([[attribute('client 7', encoding)]]));
  }
  for (const encoding of ['utf8String', 'teletexString', 'bmpString', 'universalString'] as const) {
    same('CN=Müller', fromCertificate([[attribute('MÜLLER', encoding)]]));
  }
  same('CN=😀', fromCertificate([[attribute('😀', 'universalString')]]));
});

test('compares a hex value with the text it encodes', () => {
  const subject = certificate('CN=admin,O=Example');
  same('CN=#0c0561646d696e,O=Example', subject);
  same('CN=#130541444D494E,O=Example', subject);
  different('CN=\\#0c0561646d696e,O=Example', subject);
  different('CN=#040561646d696e,O=Example', subject);
});

test('compares values of other types octet by octet', () => {
  const subject = fromCertificate([[attribute('0304006162ff', 'der', '2.5.4.45')]]);
  same('2.5.4.45=#0304006162FF', subject);
  different('2.5.4.45=#0304006162fe', subject);
  different('2.5.4.45=0304006162ff', subject);
  different('2.5.4.45=\\#0304006162ff', subject);
});

test('compares attributes of unknown types', () => {
  const subject = fromCertificate([[attribute('PSDDE-1', 'utf8String', '2.5.4.97')]]);
  same('2.5.4.97=psdde-1', subject);
  different('2.5.4.96=PSDDE-1', subject);
});

test('folds composed and decomposed letters, and Greek sigma, into one', () => {
  same('CN=Zoë', fromCertificate([[attribute('Zoe\u0308')]]));
  same('CN=ΟΔΟΣ', fromCertificate([[attribute('οδος')]]));
  same('CN=οδοσ', fromCertificate([[attribute('οδος')]]));
});

test('never folds letters that only look alike', () => {
  different('CN=admin', fromCertificate([[attribute('adm\u0131n')]]));
  different('CN=ADMIN', fromCertificate([[attribute('ADM\u0130N')]]));
  different('CN=admin', fromCertificate([[attribute('ａｄｍｉｎ')]]));
  different('CN=admin', fromCertificate([[attribute('аdmin')]]));
  different('CN=a b', fromCertificate([[attribute('a\u00a0b')]]));
  different('CN=strasse', fromCertificate([[attribute('straße')]]));
});

test('drops no character that can not be seen', () => {
  for (const unseen of ['\0', '\n', '\t', '\r', '\u202e', '\u200b', '\u00ad', '\ufe0f', '\ufeff']) {
    const subject = fromCertificate([[attribute(`admin${unseen}`)]]);
    different('CN=admin', subject);
    same(`CN=admin${Buffer.from(unseen).toString('hex').replace(/../g, '\\$&')}`, subject);
    different('CN=admin', fromCertificate([[attribute(`ad${unseen}min`)]]));
  }
  different('CN=admin', fromCertificate([[attribute('admin\0.evil.example')]]));
});

test('takes a value of 64 kB in its stride', () => {
  const subject = fromCertificate([[attribute('a '.repeat(30_000))]]);
  different('CN=a a', subject);
  assert.equal(sameDistinguishedName(subject, subject), true);
});

test('bounds the number of RDNs and of attributes in one', () => {
  const rdn = [attribute('a')];
  assert.equal(fromCertificate(Array.from({ length: 128 }, () => rdn)).length, 128);
  assert.throws(() => fromCertificate(Array.from({ length: 129 }, () => rdn)), /too many RDNs/);
  const wide = Array.from({ length: 17 }, () => attribute('a'));
  assert.throws(() => fromCertificate([wide]), /too many attributes/);
});

test('refuses octets that are not of the string type they claim', () => {
  const name = (value: string): Uint8Array => {
    const pair = writeDer(0x30, writeObjectIdentifier(CN), Buffer.from(value, 'hex'));
    return writeDer(0x30, writeDer(0x31, pair));
  };
  for (const value of [
    '0c02c328',
    '0c03eda080',
    '130180',
    '160180',
    '1e03004100',
    '1e02d800',
    '1c0400110000',
    '1c040000d800',
    '1c0300004100',
  ]) {
    const read = (): unknown => readDistinguishedName(readDer(name(value)), 'subject');
    assert.throws(read, { name: 'CertificateError', reason: 'certificate_malformed' }, value);
  }
});
