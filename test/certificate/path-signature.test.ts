import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { ALGORITHMS, craftKeys, craftRoot } from '../support/crafted.ts';
import type { AlgorithmName, CraftedKeyType } from '../support/crafted.ts';
import { chainOf, expectRefused, expectTrusted } from '../support/path-verdict.ts';
import type { ChainRequest } from '../support/path-verdict.ts';

const RSA = craftKeys(2048);
const EC = craftKeys();

function signedBy(keys: typeof RSA, algorithm: AlgorithmName): ChainRequest {
  const root = craftRoot({ keys });
  return { leaf: root.issue({ algorithm }), anchors: [root] };
}

function spki(algorithm: readonly Uint8Array[], key: Uint8Array): Uint8Array {
  return writeDer(0x30, writeDer(0x30, ...algorithm), writeDer(0x03, Uint8Array.of(0), key));
}

function rsaSpki(modulusBits: number, exponent: Uint8Array): Uint8Array {
  const modulus = Buffer.alloc(modulusBits / 8 + 1, 0xff);
  modulus[0] = 0;
  const key = writeDer(0x30, writeDer(0x02, modulus), writeDer(0x02, exponent));
  return spki([writeObjectIdentifier('1.2.840.113549.1.1.1'), writeDer(0x05)], key);
}

test('takes the algorithms that are accepted, each with its parameters', () => {
  const accepted: readonly (readonly [typeof RSA, readonly AlgorithmName[]])[] = [
    [
      RSA,
      [
        'rsa-sha256',
        'rsa-sha384',
        'rsa-sha512',
        'rsa-sha256 without parameters',
        'rsa-pss',
        'rsa-pss with a long salt',
      ],
    ],
    [EC, ['ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512']],
    [craftKeys('P-384'), ['ecdsa-sha384']],
    [craftKeys('P-521'), ['ecdsa-sha512']],
    [craftKeys('ed25519'), ['ed25519']],
    [craftKeys('ed448'), ['ed448']],
  ];
  for (const [keys, algorithms] of accepted) {
    for (const algorithm of algorithms) expectTrusted(signedBy(keys, algorithm));
  }
});

test('T27: refuses SHA-1, MD5 and every other algorithm, also with a good signature', () => {
  const reason = 'certificate_signature_algorithm';
  for (const algorithm of [
    'rsa-md5',
    'rsa-sha1',
    'rsa-sha224',
    'rsa-sha256 with a number',
    'rsa-pss with defaults',
    'rsa-pss with a short salt',
  ] as const) {
    expectRefused(signedBy(RSA, algorithm), reason, /^depth 0/);
  }
  for (const algorithm of ['ecdsa-sha1', 'ecdsa-sha224', 'ecdsa-sha256 with NULL'] as const) {
    expectRefused(signedBy(EC, algorithm), reason);
  }
  expectRefused(signedBy(craftKeys('ed25519'), 'ed25519 with NULL'), reason);
  assert.equal(Object.keys(ALGORITHMS).length, 21, 'a new algorithm belongs into these tests');
});

test('does not look at the signature of an anchor', () => {
  const root = craftRoot({ keys: RSA, algorithm: 'rsa-sha1' });
  expectTrusted({ leaf: root.issue(), anchors: [root] });
  const forged = craftRoot({ forged: true });
  expectTrusted({ leaf: forged.issue(), anchors: [forged] });
});

test('refuses a signature that does not verify, on the leaf and above', () => {
  const reason = 'certificate_signature_invalid';
  expectRefused(chainOf({ leaf: { forged: true } }), reason, /^depth 0/);
  expectRefused(chainOf({ intermediate: { forged: true } }), reason, /^depth 1/);
  const root = craftRoot({ keys: RSA });
  const other = craftRoot({ keys: EC });
  expectRefused(
    { leaf: root.issue(), anchors: [other] },
    reason,
    /where the issuer has the key P-256/,
  );
});

test('T27, T65: refuses keys that are too weak, too large or of another type', () => {
  const reason = 'certificate_key_refused';
  const weak = (publicKey: Uint8Array): ChainRequest => chainOf({ leaf: { publicKey } });
  const e = Buffer.from('010001', 'hex');
  expectTrusted(chainOf({ leaf: { keys: RSA } }));
  expectTrusted(weak(rsaSpki(8192, e)));
  expectRefused(weak(rsaSpki(1024, e)), reason, /^depth 0: RSA key of 1024 bits/);
  expectRefused(weak(rsaSpki(2040, e)), reason, /2040/);
  expectRefused(weak(rsaSpki(8200, e)), reason, /8200/);
  expectRefused(weak(rsaSpki(16_384, e)), reason, /16384/);
  expectRefused({ ...weak(rsaSpki(3072, e)), rules: { minRsaBits: 4096 } }, reason);
  for (const exponent of ['01', '02', '010002', '0100000001']) {
    expectRefused(weak(rsaSpki(2048, Buffer.from(exponent, 'hex'))), reason, /exponent/);
  }
  const types: readonly CraftedKeyType[] = ['P-256', 'P-384', 'P-521', 'ed25519', 'ed448'];
  for (const type of types) expectTrusted(chainOf({ leaf: { keys: craftKeys(type) } }));
  expectRefused(
    chainOf({ leaf: { keys: craftKeys('secp256k1') } }),
    reason,
    /curve 1\.3\.132\.0\.10/,
  );
  const dsa = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
  const x25519 = generateKeyPairSync('x25519');
  for (const { publicKey } of [dsa, x25519]) {
    expectRefused(weak(publicKey.export({ type: 'spki', format: 'der' })), reason, /algorithm 1\./);
  }
});

test('T27: refuses EC parameters written out, and points that are compressed', () => {
  const reason = 'certificate_key_refused';
  const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
  const publicKey = explicit.publicKey.export({ type: 'spki', format: 'der' });
  expectRefused(chainOf({ leaf: { publicKey } }), reason, /named curve/);
  const root = craftRoot({ keys: EC, publicKey });
  expectRefused({ leaf: root.issue(), anchors: [root] }, reason, /named curve of the issuer/);

  const point = EC.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  const compressed = Buffer.concat([
    Uint8Array.of(2 + ((point[64] ?? 0) & 1)),
    point.subarray(1, 33),
  ]);
  const algorithm = ['1.2.840.10045.2.1', '1.2.840.10045.3.1.7'].map(writeObjectIdentifier);
  expectRefused(
    chainOf({ leaf: { publicKey: spki(algorithm, compressed) } }),
    reason,
    /uncompressed point/,
  );
});

test('refuses CAs with such keys as well, anchors included', () => {
  const keys = craftKeys(1024);
  const reason = 'certificate_key_refused';
  expectRefused(chainOf({ intermediate: { keys } }), reason, /^depth 0: .*1024 bits of the issuer/);
  expectRefused(chainOf({ root: { keys } }), reason, /^depth 1: /);
  expectRefused(chainOf({ root: { keys: craftKeys('secp256k1') } }), reason, /^depth 1: /);
});
