import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  encodeDistinguishedName,
  formatDistinguishedName,
  parseDistinguishedName,
  readDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import { readDer } from '../../src/certificate/der/der.ts';

const values = (text: string): readonly string[] =>
  parseDistinguishedName(text).flatMap((rdn) => rdn.map(({ value }) => value));

const formatted = (value: string): string =>
  formatDistinguishedName([[{ type: '2.5.4.3', value, encoding: 'utf8String' }]]);

test('reads the last RDN of the text as the first of the name', () => {
  assert.deepEqual(values('CN=client,OU=a,O=b,C=DE'), ['DE', 'b', 'a', 'client']);
});

test('reads the examples of RFC 4514 section 4', () => {
  assert.deepEqual(values('UID=jsmith,DC=example,DC=net'), ['net', 'example', 'jsmith']);
  assert.deepEqual(parseDistinguishedName('OU=Sales+CN=J.  Smith,DC=example,DC=net').length, 3);
  assert.deepEqual(values('CN=James \\"Jim\\" Smith\\, III,DC=net'), [
    'net',
    'James "Jim" Smith, III',
  ]);
  assert.deepEqual(values('CN=Before\\0dAfter,DC=net'), ['net', 'Before\rAfter']);
  assert.deepEqual(values('1.3.6.1.4.1.1466.0=#04024869'), ['04024869']);
  assert.deepEqual(values('CN=Lu\\C4\\8Di\\C4\\87'), ['Lučić']);
});

test('reads every name it knows in any letter case', () => {
  const types = parseDistinguishedName(
    'cn=1,L=2,sT=3,O=4,ou=5,C=6,Street=7,dc=8,UID=9,EMAILADDRESS=10,serialnumber=11',
  ).map(([attribute]) => attribute?.type);
  assert.deepEqual(types.toReversed(), [
    '2.5.4.3',
    '2.5.4.7',
    '2.5.4.8',
    '2.5.4.10',
    '2.5.4.11',
    '2.5.4.6',
    '2.5.4.9',
    '0.9.2342.19200300.100.1.25',
    '0.9.2342.19200300.100.1.1',
    '1.2.840.113549.1.9.1',
    '2.5.4.5',
  ]);
});

test('takes spaces around separators and keeps those that are escaped', () => {
  assert.deepEqual(values('  CN = a b  ,  O=c +  UID = d '), ['c', 'd', 'a b']);
  assert.deepEqual(values('CN=\\ a\\ '), [' a ']);
  assert.deepEqual(values('CN=a\\  '), ['a ']);
  assert.deepEqual(values('CN=a=b#c'), ['a=b#c']);
  assert.deepEqual(values('CN='), ['']);
});

test('refuses what other readers would take in another way', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /is empty/],
    ['   ', /is empty/],
    ['/C=DE/CN=client', /starts with a slash/],
    ['CN="a, b"', /not escaped/],
    ['CN=a;O=b', /not escaped/],
    ['CN=a<b', /not escaped/],
    ['CN=a\0', /not escaped/],
    ['CN=a,', /expected an attribute name/],
    [',CN=a', /expected an attribute name/],
    ['CN=a,,O=b', /expected an attribute name/],
    ['CN=a+', /expected an attribute name/],
    ['CN', /expected =/],
    ['CN a=b', /expected =/],
    ['client', /unknown attribute name "client"/],
    ['SN=a', /unknown attribute name "SN"/],
    ['E=a@b', /unknown attribute name "E"/],
    ['2.5.4.=a', /unknown attribute name/],
    ['2.5.04.3=a', /unknown attribute name/],
    ['3.5.4.3=a', /unknown attribute name/],
    ['1.40=a', /unknown attribute name/],
    ['CN=#', /pairs of hex digits/],
    ['CN=#0c0', /pairs of hex digits/],
    ['CN=#0c01 41', /pairs of hex digits/],
    ['CN=#0c0141zz', /pairs of hex digits/],
    ['CN=#0c02', /runs past the end/],
    ['CN=#0c810141', /length not in its shortest form/],
    ['CN=a\\', /backslash/],
    ['CN=a\\z', /backslash/],
    ['CN=a\\C3', /not UTF-8/],
    ['CN=\\ff', /not UTF-8/],
    ['CN=\ud800', /half a character/],
    [`CN=${'a'.repeat(9_000)}`, /longer than 8192/],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => parseDistinguishedName(text), { name: 'CertificateError', message }, text);
  }
});

test('names the character where the text goes wrong', () => {
  assert.throws(() => parseDistinguishedName('CN=a,O=b;c'), /character 9: ";" not escaped/);
});

test('formats with canonical escapes', () => {
  assert.equal(formatted('a,b+c"d\\e<f>g;h'), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h');
  assert.equal(formatted(' a '), 'CN=\\ a\\ ');
  assert.equal(formatted(' '), 'CN=\\ ');
  assert.equal(formatted('#1#'), 'CN=\\#1#');
  assert.equal(formatted('Zoë 😀'), 'CN=Zoë 😀');
  assert.equal(formatted(''), 'CN=');
});

test('lets no control or invisible character through to a log', () => {
  assert.equal(formatted('a\0b'), 'CN=a\\00b');
  assert.equal(formatted('a\n{"x":1}'), 'CN=a\\0a{\\"x\\":1}');
  assert.equal(formatted('\u202eabc\u2028'), 'CN=\\e2\\80\\aeabc\\e2\\80\\a8');
  assert.equal(formatted('\u001b[31m'), 'CN=\\1b[31m');
});

test('formats unknown types and values that are no strings in hex', () => {
  const text = '2.5.4.97=#0c0441424344,CN=#0304006162ff,O=x';
  assert.equal(formatDistinguishedName(parseDistinguishedName(text)), text);
});

test('reads back what it formats', () => {
  for (const value of [
    ' ',
    '#',
    '\\',
    '\\\\',
    'a\\ ',
    ' ,',
    '"',
    '\0',
    '+',
    'ä',
    '\ufeff',
    '=',
    '\\20',
  ]) {
    const name = parseDistinguishedName(`${formatted(value)},O=x+UID=y`);
    assert.deepEqual(
      name.map((rdn) => rdn.map((attribute) => attribute.value)),
      [['x', 'y'], [value]],
    );
    const again = parseDistinguishedName(formatDistinguishedName(name));
    assert.ok(sameDistinguishedName(name, again));
    const encoded = readDistinguishedName(readDer(encodeDistinguishedName(name)), 'name');
    assert.ok(sameDistinguishedName(name, encoded));
  }
});
