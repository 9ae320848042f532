import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';
import { createAuthority } from '../support/pki.ts';
import { expectRefusal } from './trust-store-errors.ts';

const authority = await createAuthority();
const leaf = await authority.issue();

const uint32 = (value: number): Buffer =>
  Buffer.from([value >> 24, value >> 16, value >> 8, value]);
const text = (octets: string | Buffer): Buffer =>
  Buffer.concat([uint32(octets.length).subarray(2), Buffer.from(octets)]);
const sized = (octets: Uint8Array): Buffer => Buffer.concat([uint32(octets.length), octets]);
const certificate = (der: Uint8Array, type = 'X.509'): Buffer =>
  Buffer.concat([text(type), sized(der)]);
const date = Buffer.alloc(8);

const trustedEntry = (alias: string | Buffer, content: Buffer): Buffer =>
  Buffer.concat([uint32(2), text(alias), date, content]);

/** A store as Java writes it, with the digest that its passphrase gives. */
function store(
  entries: readonly Buffer[],
  { version = 2, passphrase = 'changeit', count = entries.length } = {},
): Buffer {
  const content = Buffer.concat([uint32(0xfeedfeed), uint32(version), uint32(count), ...entries]);
  const digest = createHash('sha1')
    .update(Buffer.from(passphrase, 'utf16le').swap16())
    .update('Mighty Aphrodite')
    .update(content)
    .digest();
  return Buffer.concat([content, digest]);
}

const refused = (bytes: Uint8Array, message: RegExp): void =>
  expectRefusal(bytes, 'changeit', { reason: 'trust_store_unreadable', message });

test('reads the trusted entries of versions 1 and 2', () => {
  const { certificate: der } = authority;
  const expected = [{ der: Buffer.from(der), alias: 'ca' }];
  const options = { passphrase: 'changeit' };
  const second = readTrustStore(store([trustedEntry('ca', certificate(der))]), options);
  assert.deepEqual(second, { format: 'jks', certificates: expected, ignored: [] });
  const first = readTrustStore(store([trustedEntry('ca', sized(der))], { version: 1 }), options);
  assert.deepEqual(first.certificates, expected);
});

test('trusts no certificate that stands in the store for a private key', () => {
  const keyEntry = Buffer.concat([
    uint32(1),
    text('server'),
    date,
    sized(Buffer.from('not even looked at')),
    uint32(2),
    certificate(leaf.certificate),
    certificate(authority.certificate),
  ]);
  const other = trustedEntry('other', certificate(authority.certificate));
  const read = readTrustStore(store([keyEntry, other]), { passphrase: 'changeit' });
  assert.deepEqual(
    read.certificates.map(({ alias }) => alias),
    ['other'],
  );
  assert.deepEqual(read.ignored, [
    { kind: 'private_key', alias: 'server' },
    { kind: 'certificate_of_private_key', alias: 'server' },
    { kind: 'certificate_of_private_key', alias: 'server' },
  ]);
  refused(store([keyEntry]), /the file has 1 private keys with 2 certificates of theirs/);
});

test('needs the passphrase, whatever characters it has', () => {
  const entry = trustedEntry('ca', certificate(authority.certificate));
  for (const passphrase of ['changeit', '', 'pässwörd €', '🔑']) {
    const bytes = store([entry], { passphrase });
    assert.equal(readTrustStore(bytes, { passphrase }).certificates.length, 1);
    for (const wrong of [undefined, `${passphrase}x`, `x${passphrase}`]) {
      expectRefusal(bytes, wrong, { reason: 'trust_store_passphrase', message: /passphrase/ });
    }
  }
});

test('names the entry whose certificate is damaged', () => {
  const { certificate: der } = authority;
  const good = trustedEntry('good', certificate(der));
  const bad = trustedEntry('my "bad" one', certificate(Buffer.from(der).subarray(0, -1)));
  refused(store([good, bad]), /^certificate 2 "my \\"bad\\" one": DER offset/);
});

test('refuses entries, versions and types that it does not know, and what is left over', () => {
  const entry = trustedEntry('ca', certificate(authority.certificate));
  const secret = Buffer.concat([uint32(3), text('secret'), date, sized(Buffer.alloc(4))]);
  refused(store([entry, secret]), /entry 2 "secret" is of unknown kind 3/);
  refused(store([entry], { version: 3 }), /version 3 is not known/);
  refused(store([trustedEntry('ca', certificate(Buffer.of(1), 'PGP'))]), /type "PGP"/);
  refused(store([entry], { count: 2 }), /ends within: entry/);
  refused(store([entry, entry], { count: 1 }), /octets follow the last entry/);
  refused(store([]), /no trusted certificate/);
  refused(store([entry], { count: 0xffffffff }), /ends within/);
  refused(store([trustedEntry('ca', uint32(0x7fffffff))]), /ends within/);
});

test("reads aliases in Java's modified UTF-8 and refuses other octets", () => {
  const alias = (hex: string): string | undefined => {
    const entry = trustedEntry(Buffer.from(hex, 'hex'), certificate(authority.certificate));
    return readTrustStore(store([entry]), { passphrase: 'changeit' }).certificates[0]?.alias;
  };
  assert.equal(alias('6361'), 'ca');
  assert.equal(alias('c3bc'), 'ü');
  assert.equal(alias('e282ac'), '€');
  assert.equal(alias('c080'), '\0');
  assert.equal(alias('eda0bdedb491'), '🔑');
  for (const hex of ['ff', 'c3', 'c3c3', 'e282', '80', 'f09f9491']) {
    assert.throws(() => alias(hex), /modified UTF-8/, hex);
  }
});

test('refuses a store that is cut short at any length', () => {
  const bytes = store([trustedEntry('ca', certificate(authority.certificate))]);
  for (let length = 4; length < bytes.length; length += 1) {
    const cut = bytes.subarray(0, length);
    const reason = length < 32 ? 'trust_store_unreadable' : 'trust_store_passphrase';
    expectRefusal(cut, 'changeit', { reason, message: /cut short/ });
  }
});
