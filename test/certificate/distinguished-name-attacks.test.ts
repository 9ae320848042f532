import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  encodeDistinguishedName,
  formatDistinguishedName,
  parseDistinguishedName,
  readDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import type {
  DistinguishedName,
  NameAttribute,
} from '../../src/certificate/name/distinguished-name.ts';
import { comparableName } from '../../src/certificate/name/distinguished-name-key.ts';
import { readDistinguishedNameSpelling } from '../../src/certificate/name/distinguished-name-spelling.ts';
import { readDer } from '../../src/certificate/der/der.ts';

const CN = '2.5.4.3';

/** Through DER, as a certificate would bring it. */
const presented = (name: DistinguishedName): DistinguishedName =>
  readDistinguishedName(readDer(encodeDistinguishedName(name)), 'subject');

const text = (rfc4514: string): DistinguishedName => presented(parseDistinguishedName(rfc4514));

const cn = (value: string, encoding: NameAttribute['encoding'] = 'utf8String') =>
  presented([[{ type: CN, value, encoding }]]);

/** Registered text, the certificate's subject in RFC 4514 text, whether they are equal. */
const PAIRS: readonly (readonly [registered: string, subject: string, equal: boolean])[] = [
  // The order of RDNs, more and fewer of them.
  ['CN=a,OU=b,O=c,C=DE', 'CN=a,OU=b,O=c,C=DE', true],
  ['CN=a,OU=b,O=c,C=DE', 'C=DE,O=c,OU=b,CN=a', false],
  ['CN=a,OU=b,O=c,C=DE', 'CN=a,O=c,OU=b,C=DE', false],
  ['CN=a,O=c', 'CN=a,OU=b,O=c', false],
  ['CN=a,OU=b,O=c', 'CN=a,O=c', false],
  ['CN=a,O=c', 'CN=a,O=c,C=DE', false],
  ['CN=a,O=c', 'O=c', false],
  ['CN=a,O=c', 'CN=a', false],
  ['CN=a', 'CN=a,CN=a', false],
  ['CN=a,CN=b', 'CN=a,CN=b', true],
  ['CN=a,CN=b', 'CN=b,CN=a', false],
  ['CN=a', 'CN=a,CN=b', false],
  ['CN=b', 'CN=a,CN=b', false],
  // Beginnings and ends of values.
  ['CN=admin,O=c', 'CN=admin2,O=c', false],
  ['CN=admin,O=c', 'CN=sysadmin,O=c', false],
  ['CN=admin,O=c', 'CN=admi,O=c', false],
  ['CN=admin,O=c', 'CN=,O=c', false],
  ['CN=*,O=c', 'CN=admin,O=c', false],
  ['CN=.*,O=c', 'CN=admin,O=c', false],
  // Several attributes in one RDN.
  ['CN=a+UID=7', 'UID=7+CN=a', true],
  ['CN=a+UID=7', 'CN=a,UID=7', false],
  ['CN=a+UID=7', 'UID=7,CN=a', false],
  ['CN=a+UID=7', 'CN=a', false],
  ['CN=a+UID=7', 'CN=a\\+UID\\=7', false],
  ['CN=a+CN=b', 'CN=b+CN=a', true],
  ['CN=a+CN=a', 'CN=a', false],
  // Separators inside of values.
  ['CN=a\\,b,O=c', 'CN=a\\,b,O=c', true],
  ['CN=a\\,b,O=c', 'CN=a,OU=b,O=c', false],
  ['CN=a\\,O\\=c', 'CN=a,O=c', false],
  ['CN=a,O=c', 'CN=a\\,O\\=c', false],
  ['CN=a\\2cO\\3dc', 'CN=a\\,O\\=c', true],
  ['CN=a,O=c', 'O=c\\,CN\\=a', false],
  // Hex values and types without a name.
  ['CN=#0c0161,O=c', 'CN=a,O=c', true],
  ['CN=#130141,O=c', 'CN=a,O=c', true],
  ['CN=\\#0c0161,O=c', 'CN=a,O=c', false],
  ['CN=#040161,O=c', 'CN=a,O=c', false],
  ['1.2.3.4=x,O=c', '1.2.3.4=x,O=c', true],
  ['1.2.3.4=x,O=c', '1.2.3.5=x,O=c', false],
  ['2.5.4.3=a,O=c', 'CN=a,O=c', true],
  ['UID=a,O=c', 'CN=a,O=c', false],
];

test('a registered subject is equal to the same sequence of RDNs and to no other (T22)', () => {
  assert.equal(PAIRS.length, 40);
  for (const [registered, subject, equal] of PAIRS) {
    const a = parseDistinguishedName(registered);
    const b = text(subject);
    const shown = `${registered} and ${subject}`;
    assert.equal(sameDistinguishedName(a, b), equal, shown);
    assert.equal(sameDistinguishedName(b, a), equal, shown);
    assert.equal(comparableName(a) === comparableName(b), equal, shown);
  }
});

test('what the spelling reader takes in place of RFC 4514 text is never another name (T22)', () => {
  for (const [registered] of PAIRS) {
    const strict = parseDistinguishedName(registered);
    try {
      const read = readDistinguishedNameSpelling(registered);
      assert.ok(sameDistinguishedName(read, strict), registered);
    } catch (error) {
      assert.match(String(error), /the order is ambiguous/, registered);
    }
  }
});

test('string types, letter case and spaces make no difference, by either comparison (T23)', () => {
  const registered = parseDistinguishedName('CN=Big Client 7');
  const encodings = [
    'utf8String',
    'printableString',
    'ia5String',
    'teletexString',
    'bmpString',
    'universalString',
  ] as const;
  for (const encoding of encodings) {
    for (const value of ['Big Client 7', 'BIG CLIENT 7', '  big   client  7 ']) {
      const subject = cn(value, encoding);
      assert.ok(sameDistinguishedName(registered, subject), `${encoding} ${value}`);
      assert.equal(comparableName(subject), comparableName(registered), `${encoding} ${value}`);
    }
    for (const value of ['BigClient 7', 'Big Client7', 'Big\u00a0Client 7', 'Big Client 8']) {
      if (value.includes('\u00a0') && encoding.endsWith('ableString')) continue;
      if (value.includes('\u00a0') && encoding === 'ia5String') continue;
      const subject = cn(value, encoding);
      assert.ok(!sameDistinguishedName(registered, subject), `${encoding} ${value}`);
      assert.notEqual(comparableName(subject), comparableName(registered), `${encoding} ${value}`);
    }
  }
});

test('characters that deceive the eye or a C string neither match nor reach a log (T25)', () => {
  const deceptions: readonly (readonly [value: string, shown: string])[] = [
    ['admin\0', 'CN=admin\\00'],
    ['admin\0.evil.example', 'CN=admin\\00.evil.example'],
    ['admin\n', 'CN=admin\\0a'],
    ['admin\r\nreason: ok', 'CN=admin\\0d\\0areason: ok'],
    ['\u202enimda', 'CN=\\e2\\80\\aenimda'],
    ['adm\u0131n', 'CN=adm\u0131n'],
    ['adm\u0456n', 'CN=adm\u0456n'],
    ['admin\u200b', 'CN=admin\\e2\\80\\8b'],
    ['\ufeffadmin', 'CN=\\ef\\bb\\bfadmin'],
    ['\u001b[2Jadmin', 'CN=\\1b[2Jadmin'],
  ];
  const registered = parseDistinguishedName('CN=admin');
  for (const [value, shown] of deceptions) {
    const subject = cn(value);
    assert.ok(!sameDistinguishedName(registered, subject), shown);
    assert.equal(formatDistinguishedName(subject), shown);
    assert.ok(sameDistinguishedName(parseDistinguishedName(shown), subject), shown);
  }
  const long = cn('admin '.repeat(10_000));
  assert.ok(!sameDistinguishedName(registered, long));
});
