import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';

import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { signatureProblem } from '../../src/certificate/signature.ts';

const message = Buffer.from('what was signed');
const NULL = writeDer(0x05);
interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'rsa-pss': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519'),
  ed448: generateKeyPairSync('ed448'),
} satisfies Record<string, Keys>;

const identifier = (type: string, ...parameters: readonly Uint8Array[]): Uint8Array =>
  writeDer(0x30, writeObjectIdentifier(type), ...parameters);
const rsaWith = (arc: number, ...parameters: readonly Uint8Array[]): Uint8Array =>
  identifier(`1.2.840.113549.1.1.${arc}`, ...parameters);

const PSS_DIGESTS = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;
type PssDigest = keyof typeof PSS_DIGESTS;

const pss = (digest: PssDigest, mask: PssDigest, ...rest: readonly Uint8Array[]): Uint8Array =>
  rsaWith(
    10,
    writeDer(
      0x30,
      writeDer(0xa0, identifier(PSS_DIGESTS[digest], NULL)),
      writeDer(0xa1, identifier('1.2.840.113549.1.1.8', identifier(PSS_DIGESTS[mask], NULL))),
      ...rest,
    ),
  );
const salt = (length: number): Uint8Array =>
  writeDer(0xa2, writeDer(0x02, Uint8Array.of(...(length > 127 ? [0] : []), length)));

interface Signing {
  readonly algorithm: Uint8Array;
  readonly key: Keys;
  readonly digest: string | null;
  readonly saltLength?: number;
}

function signedBy({ key, digest, saltLength }: Signing): Buffer {
  const { privateKey } = key;
  if (saltLength === undefined) return sign(digest, message, privateKey);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign(digest, message, { key: privateKey, padding, saltLength });
}

const spki = (key: KeyObject): Uint8Array => key.export({ type: 'spki', format: 'der' });

function problemOf(
  signing: Signing,
  changes: Partial<Parameters<typeof signatureProblem>[0]> = {},
) {
  return signatureProblem({
    algorithm: signing.algorithm,
    publicKey: spki(signing.key.publicKey),
    signed: message,
    signature: signedBy(signing),
    ...changes,
  });
}

const ACCEPTED: Readonly<Record<string, Signing>> = {
  'RSA with SHA-256': { algorithm: rsaWith(11, NULL), key: keys.rsa, digest: 'sha256' },
  'RSA with SHA-256 without NULL': { algorithm: rsaWith(11), key: keys.rsa, digest: 'sha256' },
  'RSA with SHA-384': { algorithm: rsaWith(12, NULL), key: keys.rsa, digest: 'sha384' },
  'RSA with SHA-512': { algorithm: rsaWith(13, NULL), key: keys.rsa, digest: 'sha512' },
  'RSA-PSS': {
    algorithm: pss('sha256', 'sha256', salt(32)),
    key: keys.rsa,
    digest: 'sha256',
    saltLength: 32,
  },
  'RSA-PSS with a key for it': {
    algorithm: pss('sha512', 'sha512', salt(64)),
    key: keys['rsa-pss'],
    digest: 'sha512',
    saltLength: 64,
  },
  'RSA-PSS with the longest salt': {
    algorithm: pss('sha384', 'sha384', salt(206)),
    key: keys.rsa,
    digest: 'sha384',
    saltLength: 206,
  },
  'P-256': { algorithm: identifier('1.2.840.10045.4.3.2'), key: keys.p256, digest: 'sha256' },
  'P-384': { algorithm: identifier('1.2.840.10045.4.3.3'), key: keys.p384, digest: 'sha384' },
  'P-521': { algorithm: identifier('1.2.840.10045.4.3.4'), key: keys.p521, digest: 'sha512' },
  Ed25519: { algorithm: identifier('1.3.101.112'), key: keys.ed25519, digest: null },
  Ed448: { algorithm: identifier('1.3.101.113'), key: keys.ed448, digest: null },
};

test('accepts each algorithm of the table, and only with the right octets', () => {
  for (const [name, signing] of Object.entries(ACCEPTED)) {
    assert.equal(problemOf(signing), undefined, name);
    const forged = signedBy(signing);
    forged.writeUInt8(forged.readUInt8(forged.length - 1) ^ 1, forged.length - 1);
    assert.equal(problemOf(signing, { signature: forged })?.kind, 'signature', name);
    const signature = new Uint8Array();
    assert.equal(problemOf(signing, { signature })?.kind, 'signature', name);
    const signed = Buffer.from('what was not');
    assert.equal(problemOf(signing, { signed })?.kind, 'signature', name);
  }
});

test('refuses algorithms and parameters that are not in the table', () => {
  const refused: Readonly<Record<string, Uint8Array>> = {
    'RSA with MD5': rsaWith(4, NULL),
    'RSA with SHA-1': rsaWith(5, NULL),
    'RSA with SHA-224': rsaWith(14, NULL),
    'RSA with other parameters': rsaWith(11, writeDer(0x30)),
    'RSA with parameters twice': rsaWith(11, NULL, NULL),
    'ECDSA with SHA-1': identifier('1.2.840.10045.4.1'),
    'ECDSA with NULL': identifier('1.2.840.10045.4.3.2', NULL),
    'Ed25519 with NULL': identifier('1.3.101.112', NULL),
    DSA: identifier('1.2.840.10040.4.3'),
    'RSA-PSS without parameters': rsaWith(10),
    'RSA-PSS by default, which is SHA-1': rsaWith(10, writeDer(0x30)),
    'RSA-PSS with SHA-1': pss('sha1', 'sha1', salt(32)),
    'RSA-PSS with another mask': pss('sha256', 'sha1', salt(32)),
    'RSA-PSS with a short salt': pss('sha256', 'sha256', salt(20)),
    'RSA-PSS with the salt left out': pss('sha256', 'sha256'),
    'RSA-PSS with a trailer': pss(
      'sha256',
      'sha256',
      salt(32),
      writeDer(0xa3, writeDer(0x02, Uint8Array.of(1))),
    ),
    nothing: new Uint8Array(),
    'another type': NULL,
  };
  const good = { algorithm: rsaWith(11, NULL), key: keys.rsa, digest: 'sha256' };
  for (const [name, algorithm] of Object.entries(refused)) {
    assert.equal(problemOf(good, { algorithm })?.kind, 'algorithm', name);
  }
});

test('refuses a signature of an accepted algorithm that was made with another', () => {
  const { rsa } = keys;
  const made = { algorithm: rsaWith(12, NULL), key: rsa, digest: 'sha256' };
  assert.equal(problemOf(made)?.kind, 'signature');
  const asPss = { ...made, algorithm: pss('sha256', 'sha256', salt(32)) };
  assert.equal(problemOf(asPss)?.kind, 'signature');
});

test('refuses keys of another kind, weak, huge, or on strange curves', () => {
  const rsa = { algorithm: rsaWith(11, NULL), key: keys.rsa, digest: 'sha256' };
  const ec = { algorithm: identifier('1.2.840.10045.4.3.2'), key: keys.p256, digest: 'sha256' };
  const refused: readonly [Signing, KeyObject | Uint8Array][] = [
    [rsa, keys.p256.publicKey],
    [rsa, keys['rsa-pss'].publicKey],
    [rsa, generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    [rsa, hugeRsaKey()],
    [ec, keys.rsa.publicKey],
    [ec, keys.ed25519.publicKey],
    [ec, generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    [ec, generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey],
    [ec, new Uint8Array()],
    [ec, NULL],
  ];
  for (const [index, [signing, key]] of refused.entries()) {
    const publicKey = key instanceof Uint8Array ? key : spki(key);
    assert.equal(problemOf(signing, { publicKey })?.kind, 'key', String(index));
  }
});

/** Of 16384 bits; making a real one would take minutes. */
function hugeRsaKey(): Uint8Array {
  const modulus = writeDer(0x02, Buffer.concat([Buffer.of(0), Buffer.alloc(2_048, 0xff)]));
  const key = writeDer(0x30, modulus, writeDer(0x02, Uint8Array.of(1, 0, 1)));
  return writeDer(0x30, rsaWith(1, NULL), writeDer(0x03, Uint8Array.of(0), key));
}
