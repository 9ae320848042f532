import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readCertificates, writePem } from '../../src/certificate/pem.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';

const first = await createAuthority();
const second = await selfSigned({ subject: 'CN=second,O=Test' });
const lines = first.certificatePem.trimEnd().split('\n');

const hexes = (text: string): readonly string[] =>
  readCertificates(text).map((der) => Buffer.from(der).toString('hex'));
const hex = (der: Uint8Array): string => Buffer.from(der).toString('hex');

const refused = (text: string, message: RegExp): void => {
  const expected = { name: 'CertificateError', reason: 'certificate_malformed', message };
  assert.throws(() => readCertificates(text), expected);
};

test('reads back what it writes', () => {
  assert.deepEqual(hexes(writePem(first.certificate)), [hex(first.certificate)]);
  assert.match(
    writePem(first.certificate),
    /^-----BEGIN CERTIFICATE-----\n([\w+/=]{1,64}\n)+-----END/,
  );
});

test('reads every certificate in order, whatever the line ends and line lengths', () => {
  const both = [hex(first.certificate), hex(second.certificate)];
  const text = first.certificatePem + second.certificatePem;
  assert.deepEqual(hexes(text), both);
  assert.deepEqual(hexes(text.replaceAll('\n', '\r\n')), both);
  assert.deepEqual(hexes(text.replaceAll('\n', ' \n')), both);
  assert.deepEqual(hexes(text.trimEnd()), both);
  const longLines = text.replace(/([\w+/=])\n(?=[\w+/=])/g, '$1');
  assert.deepEqual(hexes(longLines), both);
});

test('passes over comments and whole blocks of other kinds', () => {
  const text = [
    '# Authority for tests',
    'Bag Attributes',
    '    localKeyID: 01 02',
    'subject=CN = Test CA',
    '===========================================',
    'Certificate:',
    '    Data:',
    first.certificatePem,
    first.privateKeyPem,
    '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----',
    second.certificatePem,
  ].join('\n');
  assert.equal(readCertificates(text).length, 2);
});

test('refuses a text without any certificate', () => {
  refused('', /no certificate in PEM form/);
  refused('not a certificate\n', /no certificate in PEM form/);
  refused(first.privateKeyPem, /no certificate in PEM form/);
  refused('\0'.repeat(100), /no certificate in PEM form/);
});

test('refuses a block that was cut short, wherever the cut is', () => {
  for (let kept = 1; kept < lines.length; kept += 1) {
    refused(lines.slice(0, kept).join('\n'), /line 1: the CERTIFICATE block has no END line/);
  }
  for (let dropped = 1; dropped < lines.length; dropped += 1) {
    refused(lines.slice(dropped).join('\n'), /BEGIN line|without its BEGIN/);
  }
  const half = first.certificatePem.slice(0, first.certificatePem.length / 2);
  refused(second.certificatePem + half, /has no END line/);
  refused(half + second.certificatePem, /marker must be alone|BEGIN CERTIFICATE inside/);
});

test('refuses a block that lost a line or gained one', () => {
  const without = [...lines.slice(0, 2), ...lines.slice(3)].join('\n');
  refused(without, /the certificate of line 1: \d+ octets where the certificate claims \d+/);
  refused([...lines.slice(0, -1), 'AAAA', lines.at(-1)].join('\n'), /the certificate of line 1/);
  refused([lines[0], lines.at(-1)].join('\n'), /the certificate of line 1/);
});

test('refuses a damaged character in a block', () => {
  for (const character of ['-', '_', ' ', '!', 'é', '\0', '"']) {
    const damaged = lines.with(2, character + (lines[2] ?? '').slice(1)).join('\n');
    refused(damaged, /the certificate of line 1: character 65 is not base64/);
  }
  refused([lines[0], 'Proc-Type: 4,ENCRYPTED', ...lines.slice(1)].join('\n'), /is not base64/);
});

test('refuses damaged and misplaced markers', () => {
  refused(`\ufeff${first.certificatePem}`, /line 1: a BEGIN or END marker must be alone/);
  refused(` ${first.certificatePem}`, /line 1: a BEGIN or END marker must be alone/);
  refused(first.certificatePem.replace('-----END', '----END'), /has no END line|must be alone/);
  refused(first.certificatePem.replace('CERTIFICATE-----\n', 'CERTIFICATE-----'), /must be alone/);
  refused(first.certificatePem.trimEnd() + second.certificatePem, /must be alone/);
  refused(first.certificatePem.replace('END CERTIFICATE', 'END X'), /END X inside the CERTIFICATE/);
  refused(`-----END CERTIFICATE-----\n${first.certificatePem}`, /without its BEGIN line/);
  refused(lines.slice(1).join('\n') + first.certificatePem, /BEGIN line/);
});

test('refuses labels under which other tools keep certificates', () => {
  const relabelled = first.certificatePem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE');
  refused(relabelled + second.certificatePem, /line 1: TRUSTED CERTIFICATE is not read/);
});

test('refuses more text than any bundle has', () => {
  refused(' '.repeat(9 * 1_048_576), /more than 8388608 characters/);
});
