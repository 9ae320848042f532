import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import type { Fields, HeaderFormat } from '../../src/certificate/header/header-codec.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { CertificateError } from '../../src/errors.ts';
import { selfSigned } from '../support/pki.ts';
import { base64, bodies, pem, VECTORS } from './header-vectors.ts';

const fixture = (name: string): Uint8Array => {
  const path = join(import.meta.dirname, 'fixtures', name);
  return readCertificates(readFileSync(path, 'utf8'))[0] ?? new Uint8Array();
};

const read = (format: HeaderFormat, fields: Fields) => {
  const codec = codecFor(format);
  return codec.read(fields, codec.names);
};

const expectRead = (format: HeaderFormat, fields: Fields): void => {
  const chain = VECTORS[format].carriesChain ? bodies.chain : [];
  const found = read(format, fields);
  assert.deepEqual(octets(found?.leaf), octets(bodies.leaf), JSON.stringify(fields));
  assert.deepEqual(found?.chain.map(octets), chain.map(octets), JSON.stringify(fields));
};

const octets = (der: Uint8Array | undefined): string =>
  der === undefined ? 'none' : Buffer.from(der).toString('hex');

const expectRefused = (format: HeaderFormat, fields: Fields): void => {
  const expected = { name: 'CertificateError', reason: 'certificate_malformed' };
  assert.throws(() => read(format, fields), expected, JSON.stringify(fields));
};

test('writes the value that the WSO2 documentation sends', () => {
  const codec = codecFor('one_line_pem');
  const [field] = codec.write({ leaf: fixture('wso2-sample.pem'), chain: [] }, codec.names);
  assert.equal(field?.[0], 'x-wso2-mtls-cert');
  assert.match(
    field[1],
    /^-----BEGIN CERTIFICATE-----MIID3TCC[^\s]+v\+h-----END CERTIFICATE-----$/,
  );
});

test('writes the value of RFC 9440 appendix A', () => {
  const codec = codecFor('rfc9440');
  const [field] = codec.write({ leaf: fixture('rfc9440-appendix-a.pem'), chain: [] }, codec.names);
  assert.equal(field?.[0], 'client-cert');
  assert.match(field[1], /^:MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQ.*yhk=:$/);
});

for (const format of HEADER_FORMATS) {
  const codec = codecFor(format);
  const { usual, others = [], absent = [], damaged = [], carriesChain } = VECTORS[format];
  const leafValue = usual.find(([name]) => name === codec.names.leaf)?.[1] ?? '';

  test(`${format}: reads and writes what the product writes`, () => {
    assert.equal(codec.format, format);
    expectRead(format, usual);
    for (const fields of others) expectRead(format, fields);
    const chain = carriesChain ? bodies.chain : [];
    assert.deepEqual(codec.write({ leaf: bodies.leaf, chain }, codec.names), usual);
    // A chain that the format can't carry is left out.
    assert.deepEqual(codec.write(bodies, codec.names), usual);
  });

  test(`${format}: values written are read back, by X509Certificate too`, async () => {
    for (let count = 0; count < 6; count += 1) {
      const { certificate } = await selfSigned({ subject: `CN=${'x'.repeat(count)}` });
      const fields = codec.write({ leaf: certificate, chain: [] }, codec.names);
      const found = codec.read(fields, codec.names);
      assert.equal(octets(found?.leaf), octets(certificate));
      assert.deepEqual(found?.chain, []);
      assert.ok(new X509Certificate(parseCertificate(found.leaf).der).raw.equals(certificate));
      for (const [, value] of fields) assert.match(value, /^[\t\x20-\x7e]+$/);
    }
  });

  test(`${format}: answers the spellings of absence with undefined`, () => {
    const { leaf } = codec.names;
    const emptyPem = '-----BEGIN CERTIFICATE----------END CERTIFICATE-----';
    for (const fields of [
      [],
      [['x-other', leafValue]],
      [[leaf, '']],
      [[leaf, '(null)']],
      [[leaf, emptyPem]],
      ...absent,
    ] satisfies Fields[]) {
      assert.equal(read(format, fields), undefined, JSON.stringify(fields));
    }
  });

  test(`${format}: refuses damage of its own kind`, () => {
    for (const fields of damaged) expectRefused(format, fields);
  });

  test(`${format}: refuses a leaf field that stands twice, be both equal (T06)`, () => {
    const { leaf } = codec.names;
    expectRefused(format, [...usual, [leaf, leafValue]]);
    expectRefused(format, [...usual, [leaf.toUpperCase(), '']]);
    expectRefused(format, [[leaf, ''], ...usual]);
  });

  test(`${format}: refuses what is no certificate header at all`, () => {
    const { leaf } = codec.names;
    for (const value of [
      ' ',
      'null',
      '(NULL)',
      'e30=',
      '=',
      ':',
      '::',
      '"',
      '%',
      '-----BEGIN CERTIFICATE-----',
      pem(bodies.leaf, '\\n'),
      ` ${leafValue}`,
      `\u00e9${leafValue}`,
      `${leafValue}\u0000`,
      leafValue.replaceAll(/\+|%2B/g, ' '),
      leafValue.replaceAll(/\+|%2B/g, '-'),
      leafValue.replaceAll(/==|%3D%3D/g, ''),
      '%'.repeat(16_000),
      `${leafValue}${'A'.repeat(16_384)}`,
      'A'.repeat(16_385),
      '='.repeat(1_000_000),
    ]) {
      expectRefused(format, [[leaf, value]]);
    }
  });

  test(`${format}: at every position, what is cut, doubled or changed is refused or harmless`, () => {
    const { leaf } = codec.names;
    const rest = usual.filter(([name]) => name !== leaf);
    const judge = (value: string, mayDiffer: boolean): boolean => {
      try {
        const found = read(format, [[leaf, value], ...rest]);
        assert.ok(found);
        // Another octet of the certificate is for its signature to find; its length is for us.
        assert.equal(found.leaf.length, bodies.leaf.length, value);
        if (!mayDiffer) assert.equal(octets(found.leaf), octets(bodies.leaf), value);
        return true;
      } catch (error) {
        assert.ok(error instanceof CertificateError, String(error));
        return false;
      }
    };
    for (let at = 0; at < leafValue.length; at += 1) {
      const [before, after] = [leafValue.slice(0, at), leafValue.slice(at + 1)];
      judge(before + after, false);
      judge(`${before}${leafValue[at] ?? ''}${leafValue[at] ?? ''}${after}`, false);
      for (const stranger of ['A', '+', ' ', '%', '-', ',', ';', '"', '=', '\u0000', '\u00ff']) {
        judge(before + stranger + after, true);
      }
      // A cut at the end of a certificate leaves a shorter chain that is whole.
      if (at > 0) judge(before, false);
    }
  });
}

test('takes a chain with the leaf in it for the same chain', () => {
  const { leaf, chain } = bodies;
  const all = [leaf, ...chain];
  expectRead('rfc9440', [
    ['client-cert', `:${base64(leaf)}:`],
    ['client-cert-chain', all.map((der) => `:${base64(der)}:`).join(',')],
  ]);
  expectRead('haproxy', [
    ['x-ssl-client-cert', base64(leaf)],
    ['x-ssl-client-cert-chain', base64(Buffer.concat(all))],
  ]);
  expectRead('apache', [
    ['x-clientcert', pem(leaf, ' ')],
    ...all.map((der, index): [string, string] => [`cert_chain_${index}`, pem(der, ' ')]),
  ]);
});

test('refuses more certificates than a handshake may show', () => {
  const small = bodies.leaf;
  for (const format of HEADER_FORMATS) {
    const codec = codecFor(format);
    if (!VECTORS[format].carriesChain) continue;
    const carry = (count: number) =>
      codec.read(
        codec.write(
          { leaf: small, chain: Array<Uint8Array>(count).fill(bodies.chain[0] ?? small) },
          codec.names,
        ),
        codec.names,
      );
    assert.equal(carry(9)?.chain.length, 9, format);
    const expected = { name: 'CertificateError', reason: 'certificate_chain_too_large' };
    assert.throws(() => carry(10), expected, format);
  }
});

test('names every field that a proxy or the gateway writes', () => {
  for (const format of HEADER_FORMATS) {
    const codec = codecFor(format);
    const names = codec.fieldNames(codec.names);
    for (const [name] of codec.write(bodies, codec.names)) assert.ok(names.includes(name), name);
  }
  const { chain: _, ...leafOnly } = codecFor('apache').names;
  assert.deepEqual(codecFor('apache').fieldNames(leafOnly), ['x-clientcert']);
});
