import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';

import { encodingOf } from '../../src/certificate/der/der-value.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';
import { TrustDataError } from '../../src/errors.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { createAuthority } from '../support/pki.ts';
import { createWorkshop, withoutKeytool, withoutOpenssl } from '../support/workshop.ts';

const ROUNDS = 2_000;
const passphrase = 'secret';
const { write, read, openssl, keytool } = createWorkshop(after);
const first = await createAuthority({ name: 'First CA' });
const second = await createAuthority({ name: 'Second CA' });
const originals = [first.certificate, second.certificate].map((der) => Buffer.from(der));
write('cas.pem', first.certificatePem + second.certificatePem);
write('first.pem', first.certificatePem);

/** @param repair makes a mutant whole again where its content must get past a check sum. */
function expectOnlyOurErrors(
  original: Uint8Array,
  seed: number,
  repair: (mutant: Buffer) => Buffer = (mutant) => mutant,
): { readonly accepted: number; readonly reasons: ReadonlySet<string> } {
  const random = createRandom(seed);
  const reasons = new Set<string>();
  let accepted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const mutant = repair(Buffer.from(mutate(original, random)));
    try {
      readTrustStore(mutant, { passphrase });
      accepted += Buffer.compare(mutant, original) === 0 ? 0 : 1;
    } catch (error) {
      const facts = `seed ${seed}, round ${round}: ${mutant.toString('hex')}`;
      assert.ok(error instanceof TrustDataError, `${facts}: ${String(error)}`);
      reasons.add(error.reason);
    }
  }
  return { accepted, reasons };
}

const isOriginal = (der: Uint8Array): boolean =>
  originals.some((original) => Buffer.compare(original, der) === 0);

test(
  'mutants of a PKCS#12 file are refused or read as the original',
  { skip: withoutOpenssl },
  () => {
    const export12 = ['pkcs12', '-export', '-nokeys', '-in', 'cas.pem', '-passout', 'pass:secret'];
    openssl(...export12, '-out', 'mac.p12', '-iter', '1');
    const { reasons } = expectOnlyOurErrors(read('mac.p12'), 1);
    assert.deepEqual([...reasons].toSorted(), ['trust_store_passphrase', 'trust_store_unreadable']);
    // The octets of the safe are behind a MAC: what passes it says what it said before.
    const random = createRandom(2);
    for (let round = 0; round < ROUNDS; round += 1) {
      const mutant = Buffer.from(mutate(read('mac.p12'), random));
      try {
        const { certificates } = readTrustStore(mutant, { passphrase });
        assert.ok(certificates.every(({ der }) => isOriginal(der)));
      } catch (error) {
        assert.ok(error instanceof TrustDataError);
      }
    }
  },
);

test('mutants of a PKCS#12 file without MAC are read or refused', { skip: withoutOpenssl }, () => {
  const export12 = ['pkcs12', '-export', '-nokeys', '-in', 'cas.pem', '-passout', 'pass:secret'];
  openssl(...export12, '-out', 'open.p12', '-nomac', '-certpbe', 'NONE');
  const open = expectOnlyOurErrors(read('open.p12'), 3);
  assert.ok(open.accepted > 0 && open.accepted < ROUNDS / 2, `${open.accepted} accepted`);

  openssl(...export12, '-out', 'closed.p12', '-iter', '1', '-certpbe', 'AES-256-CBC');
  const [version, safe] = readDer(read('closed.p12')).children.map(encodingOf);
  assert.ok(version !== undefined && safe !== undefined);
  const closed = writeDer(0x30, version, safe);
  assert.equal(readTrustStore(closed, { passphrase }).certificates.length, 2);
  const { reasons } = expectOnlyOurErrors(closed, 4);
  assert.deepEqual([...reasons].toSorted(), ['trust_store_passphrase', 'trust_store_unreadable']);
});

test('mutants of a JKS file are refused', { skip: withoutKeytool }, () => {
  const store = ['-keystore', 'store.jks', '-storetype', 'JKS', '-storepass', passphrase];
  keytool('-importcert', '-noprompt', '-alias', 'ca', '-file', 'first.pem', ...store);
  const key = ['-genkeypair', '-keyalg', 'EC', '-alias', 'key', '-dname', 'CN=key'];
  keytool(...key, '-keypass', passphrase, ...store);
  assert.equal(expectOnlyOurErrors(read('store.jks'), 5).accepted, 0);

  const { accepted } = expectOnlyOurErrors(read('store.jks'), 6, (mutant) => {
    const content = mutant.subarray(0, -20);
    const digest = createHash('sha1')
      .update(Buffer.from(passphrase, 'utf16le').swap16())
      .update('Mighty Aphrodite')
      .update(content)
      .digest();
    return Buffer.concat([content, digest]);
  });
  assert.ok(accepted > 0 && accepted < ROUNDS, `${accepted} of ${ROUNDS} accepted`);
});

test('mutants of a PEM bundle are read or refused', () => {
  expectOnlyOurErrors(Buffer.from(first.certificatePem + second.certificatePem), 7);
});
