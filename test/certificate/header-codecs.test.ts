import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { selfSigned } from '../support/pki.ts';

const FORMATS = ['one_line_pem', 'rfc9440'] as const;

const fixture = (name: string): Uint8Array => {
  const path = join(import.meta.dirname, 'fixtures', name);
  return readCertificates(readFileSync(path, 'utf8'))[0] ?? new Uint8Array();
};
const sample = fixture('wso2-sample.pem');
const body = Buffer.from(sample).toString('base64');

const refused = (format: (typeof FORMATS)[number], value: string): void => {
  const expected = { name: 'CertificateError', reason: 'certificate_malformed' };
  assert.throws(() => codecFor(format).read(value), expected, value);
};

test('writes the value that the WSO2 documentation sends', () => {
  const value = codecFor('one_line_pem').write(sample);
  assert.match(value, /^-----BEGIN CERTIFICATE-----MIID3TCC[^\s]+v\+h-----END CERTIFICATE-----$/);
  assert.equal(value, `-----BEGIN CERTIFICATE-----${body}-----END CERTIFICATE-----`);
});

test('writes the value of RFC 9440 appendix A', () => {
  const value = codecFor('rfc9440').write(fixture('rfc9440-appendix-a.pem'));
  assert.match(value, /^:MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQ.*yhk=:$/);
});

test('reads back what it writes, under its own name', async () => {
  for (const format of FORMATS) {
    const codec = codecFor(format);
    assert.equal(codec.name, format);
    for (let count = 0; count < 10; count += 1) {
      const { certificate } = await selfSigned({ subject: `CN=${'x'.repeat(count)}` });
      assert.deepEqual(codec.read(codec.write(certificate)), Buffer.from(certificate));
    }
  }
});

test('answers the spellings of absence with undefined', () => {
  for (const format of FORMATS) {
    assert.equal(codecFor(format).read(''), undefined);
    assert.equal(codecFor(format).read('(null)'), undefined);
  }
});

test('refuses one-line PEM with any damage', () => {
  const frame = (inner: string): string =>
    `-----BEGIN CERTIFICATE-----${inner}-----END CERTIFICATE-----`;
  for (const value of [
    body,
    `:${body}:`,
    frame(''),
    frame(`${body.slice(0, 64)} ${body.slice(64)}`),
    frame(`${body.slice(0, 64)}\\n${body.slice(64)}`),
    frame(body.slice(0, -4)),
    frame(`${body}AAAA`),
    frame(body + body),
    frame(body.replace('+', '-')),
    frame(body.replace('+', ' ')),
    frame(encodeURIComponent(body)),
    frame(body) + frame(body),
    `${frame(body)}, ${frame(body)}`,
    ` ${frame(body)}`,
    `"${frame(body)}"`,
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN CERTIFICATE----------END CERTIFICATE-----',
    `-----BEGIN CERTIFICATE-----${body}`,
    frame('A'.repeat(200_000)),
    'null',
    '(NULL)',
  ]) {
    refused('one_line_pem', value);
  }
});

test('refuses RFC 9440 values with any damage', () => {
  for (const value of [
    body,
    ':',
    '::',
    `:${body}`,
    `${body}:`,
    `::${body}::`,
    `:${body}:, :${body}:`,
    `:${body}:;q=1`,
    ` :${body}:`,
    `:${body} :`,
    `:${body.slice(0, -4)}:`,
    `:${body.replaceAll('+', '-')}:`,
    `":${body}:"`,
    `:${'A'.repeat(200_000)}:`,
  ]) {
    refused('rfc9440', value);
  }
});
