import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';

import { maxJwksBytes, parseJwks, readJwks } from '../../src/certificate/key-set/jwks.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { allNotations } from '../../src/certificate/thumbprint.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';

type Jwk = Record<string, unknown>;

const jwkOf = ({ certificate }: Issued): Jwk => ({
  ...new X509Certificate(certificate).publicKey.export({ format: 'jwk' }),
});
const x5c = (...chain: readonly Issued[]): readonly string[] =>
  chain.map(({ certificate }) => Buffer.from(certificate).toString('base64'));

const parse = (value: unknown) =>
  parseJwks(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

const refuses = async (value: unknown, message: RegExp): Promise<void> => {
  await assert.rejects(parse(value), {
    name: 'KeySetError',
    reason: 'client_keys_malformed',
    message,
  });
};

test('reads a key with its chain, a key with a thumbprint and a bare key', async () => {
  const authority = await createAuthority();
  const [a, b, c] = [
    await authority.issue(),
    await selfSigned({ keyType: 'rsa' }),
    await selfSigned(),
  ];
  const { keys } = await parse({
    keys: [
      { ...jwkOf(a), kid: 'a', use: 'tls', alg: 'ES256', x5c: x5c(a, authority) },
      { ...jwkOf(b), kid: 'b', 'x5t#S256': b.thumbprint },
      { ...jwkOf(c), use: 'sig', key_ops: ['verify'] },
    ],
    issuer: 'ignored',
  });
  assert.deepEqual(
    keys.map(({ keyId, thumbprint, certificates }) => [keyId, thumbprint, certificates.length]),
    [
      ['a', a.thumbprint, 2],
      ['b', b.thumbprint, 0],
      [undefined, undefined, 0],
    ],
  );
  for (const [index, issued] of [a, b, c].entries()) {
    assert.deepEqual(
      Buffer.from(keys[index]?.publicKey ?? []),
      Buffer.from(parseCertificate(issued.certificate).publicKey),
    );
  }
});

test('reads keys of every type that a client certificate can have', async () => {
  const pairs = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ...['P-256', 'P-384', 'P-521'].map((namedCurve) => generateKeyPairSync('ec', { namedCurve })),
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ed448'),
  ];
  const publicKeys: readonly KeyObject[] = pairs.map(({ publicKey }) => publicKey);
  const { keys } = await parse({ keys: publicKeys.map((key) => key.export({ format: 'jwk' })) });
  assert.deepEqual(
    keys.map(({ publicKey }) => Buffer.from(publicKey)),
    publicKeys.map((key) => key.export({ type: 'spki', format: 'der' })),
  );
});

test('passes over keys that no client certificate has', async () => {
  const bare = jwkOf(await selfSigned());
  const { keys } = await parse({
    keys: [
      { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA' },
      { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA' },
      { kty: 'OKP', crv: 'X25519', x: 'AA' },
      { ...bare, use: 'enc' },
      { kty: 'toString' },
    ],
  });
  assert.deepEqual(keys, []);
  assert.deepEqual((await parse({ keys: [] })).keys, []);
});

test('reads an x5t in the hexified form of WSO2, and says nothing of any other', async () => {
  const issued = await selfSigned();
  const { wso2Hexified, sha1X5t, rfc, hex } = allNotations(issued.certificate);
  const { keys } = await parse({
    keys: [wso2Hexified, sha1X5t, rfc, hex, 'x'].map((x5t) => ({ ...jwkOf(issued), x5t })),
  });
  assert.deepEqual(
    keys.map(({ wso2Thumbprint, thumbprint }) => [wso2Thumbprint, thumbprint]),
    [[issued.thumbprint, undefined], ...Array.from({ length: 4 }, () => [undefined, undefined])],
  );
});

test('refuses a set with a private or secret key in it, without repeating the key', async () => {
  const secret = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    format: 'jwk',
  });
  await refuses({ keys: [secret] }, /^keys\[0\] has "d", which belongs to a private key$/);
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']) {
    const text = 'c2VjcmV0';
    await refuses(
      { keys: [{ kty: 'RSA', [name]: text }] },
      new RegExp(`^keys\\[0\\] has "${name}"`),
    );
    await refuses(
      { keys: [{ kty: 'oct', [name]: text }] },
      new RegExp(`^keys\\[0\\] has "${name}"`),
    );
  }
});

test('refuses an x5c that does not belong to its key or can not be read', async () => {
  const [a, b] = [await selfSigned(), await selfSigned()];
  const key = jwkOf(a);
  const [base64 = ''] = x5c(a);
  const problems: readonly (readonly [unknown, RegExp])[] = [
    [x5c(b), /whose first certificate is of another key/],
    [x5c(b, a), /whose first certificate is of another key/],
    [[], /not a list of certificates/],
    [base64, /not a list of certificates/],
    [{ 0: base64 }, /not a list of certificates/],
    [null, /not a list of certificates/],
    [[7], /\[0\] is no text/],
    [[base64, 'AAAA'], /\[1\] is refused/],
    [[Buffer.from(a.certificate).toString('base64url')], /\[0\] is refused/],
    [[base64.replace(/=*$/, '')], /\[0\] is refused/],
    [[`${base64.slice(0, 64)}\n${base64.slice(64)}`], /\[0\] is refused/],
    [[a.certificatePem], /\[0\] is refused/],
    [Array.from({ length: 11 }, () => base64), /more than 10 certificates/],
  ];
  for (const [chain, message] of problems) {
    // Where the base64 needs no padding, cutting it off changes nothing.
    if (Array.isArray(chain) && chain[0] === base64 && chain.length === 1) continue;
    await refuses({ keys: [{ ...key, x5c: chain }] }, message);
  }
  await refuses(
    { keys: [{ ...key, x5c: x5c(a), 'x5t#S256': b.thumbprint }] },
    /"x5t#S256" that is not that of its "x5c"/,
  );
});

test('takes an x5t#S256 in the notation of RFC 7517 only (T34)', async () => {
  const issued = await selfSigned();
  const { hex, colonHex, sha1X5t, wso2Hexified, rfc } = allNotations(issued.certificate);
  for (const text of [
    hex,
    colonHex,
    sha1X5t,
    wso2Hexified,
    `${rfc}=`,
    hash('sha256', issued.certificate, 'base64'),
    rfc.slice(1),
    '',
  ]) {
    await refuses({ keys: [{ ...jwkOf(issued), 'x5t#S256': text }] }, /not 43 characters/);
  }
});

test('refuses damaged keys, naming the key', async () => {
  const good = jwkOf(await selfSigned());
  const problems: readonly (readonly [unknown, RegExp])[] = [
    [null, /keys\[1\] is not an object/],
    ['x', /keys\[1\] is not an object/],
    [[], /keys\[1\] is not an object/],
    [{}, /keys\[1\] has no "kty"/],
    [{ kty: 7 }, /keys\[1\] has a "kty" that is no text/],
    [{ kty: 'RSA' }, /keys\[1\] has no "n" in base64url/],
    [{ kty: 'RSA', n: 'AQAB', e: 'A+/=' }, /keys\[1\] has no "e" in base64url/],
    [{ ...good, x: 'AAAA' }, /keys\[1\] is no valid public key/],
    [{ ...good, x: ` ${String(good['x'])}` }, /keys\[1\] has no "x" in base64url/],
    [{ ...good, kid: 7 }, /keys\[1\] has a "kid" that is no text/],
    [{ ...good, use: ['sig'] }, /keys\[1\] has a "use" that is no text/],
    [{ ...good, x5t: {} }, /keys\[1\] has a "x5t" that is no text/],
    [{ kty: 'RSA', n: 'A'.repeat(9_000), e: 'AQAB' }, /keys\[1\] has a "n" that is too long/],
  ];
  for (const [key, message] of problems) await refuses({ keys: [good, key] }, message);
});

test('refuses what is no key set', async () => {
  await refuses('', /^not JSON$/);
  await refuses('<html>secret</html>', /^not JSON$/);
  await refuses('{"keys":[]} x', /^not JSON$/);
  await refuses('\ufeff{"keys":[]}', /^not JSON$/);
  await refuses('[]', /not an object with "keys"/);
  await refuses('null', /not an object with "keys"/);
  await refuses('{}', /not an object with "keys"/);
  await refuses('{"keys":{}}', /"keys" is not a list/);
  await assert.rejects(parseJwks(Buffer.from([0x7b, 0xff, 0x7d])), /not UTF-8/);
  await assert.rejects(parseJwks(Buffer.alloc(maxJwksBytes + 1, ' ')), /more than 262144 octets/);
  const key = jwkOf(await selfSigned());
  await refuses({ keys: Array.from({ length: 101 }, () => key) }, /more than 100 keys/);
  assert.equal((await parse({ keys: Array.from({ length: 100 }, () => key) })).keys.length, 100);
});

test('refuses a member that stands twice, at any depth and in any spelling', async () => {
  for (const text of [
    '{"keys":[],"keys":[]}',
    '{"keys":[],"k\\u0065ys":[]}',
    '{"a":{"b":[{"c":1,"c":1}]},"keys":[]}',
    '{"keys":[{"kty":"RSA","kty" :"EC"}]}',
    '{"x":"}","keys":[],"x":1}',
  ]) {
    await refuses(text, /a member stands twice/);
  }
  for (const text of [
    '{"keys":[],"a":"keys\\":","b":["keys","keys"],"c":{"keys":1}}',
    '{"keys":[],"a\\\\":1,"a":2,"":3}',
  ]) {
    assert.deepEqual((await parse(text)).keys, []);
  }
});

test('reads a set that is data already, and no property of its prototype', async () => {
  const issued = await selfSigned();
  assert.equal((await readJwks({ keys: [jwkOf(issued)] })).keys.length, 1);
  await assert.rejects(readJwks(Object.create({ keys: [] })), /not an object with "keys"/);
  const hidden: unknown = Object.assign(Object.create({ d: 'x', kid: 7 }), jwkOf(issued));
  assert.equal((await readJwks({ keys: [hidden] })).keys[0]?.keyId, undefined);
});
