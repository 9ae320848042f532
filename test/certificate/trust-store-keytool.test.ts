import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { readTrustStore } from '../../src/certificate/trust-store/trust-store.ts';
import { createAuthority } from '../support/pki.ts';
import { createWorkshop, withoutKeytool } from '../support/workshop.ts';
import { expectRefusal } from './trust-store-errors.ts';

const skip = withoutKeytool;
const { write, keytool, read } = createWorkshop(after);
const first = await createAuthority({ name: 'First CA' });
const second = await createAuthority({ name: 'Second CA' });
write('first.pem', first.certificatePem);
write('second.pem', second.certificatePem);

/** keytool itself takes only ASCII for PKCS#12. */
const PASSPHRASES = { PKCS12: 'secret 1', JKS: 'pässwörd' } as const;

/** Two trusted certificates and two private keys with self-signed certificates. */
function makeStore(type: 'PKCS12' | 'JKS'): Buffer {
  const file = `store.${type}`;
  const passphrase = PASSPHRASES[type];
  const store = ['-keystore', file, '-storetype', type, '-storepass', passphrase];
  const trust = ['-importcert', '-noprompt'];
  keytool(...trust, '-alias', 'First CA', '-file', 'first.pem', ...store);
  keytool(...trust, '-alias', 'zweite prüfstelle', '-file', 'second.pem', ...store);
  for (const alias of ['key one', 'key two']) {
    const key = ['-genkeypair', '-keyalg', 'EC', '-alias', alias, '-dname', `CN=${alias}`];
    keytool(...key, '-keypass', passphrase, ...store);
  }
  return read(file);
}

for (const type of ['PKCS12', 'JKS'] as const) {
  test(`reads what keytool lists in a store of type ${type}`, { skip }, () => {
    const bytes = makeStore(type);
    const passphrase = PASSPHRASES[type];
    const store = readTrustStore(bytes, { passphrase });
    assert.equal(store.format, type.toLowerCase());
    assert.deepEqual(
      new Map(
        store.certificates.map(({ alias, der }) => [alias?.toLowerCase(), thumbprintOf(der)]),
      ),
      new Map([
        ['first ca', first.thumbprint],
        ['zweite prüfstelle', second.thumbprint],
      ]),
    );
    const names = (kind: string): readonly string[] =>
      store.ignored
        .filter((entry) => entry.kind === kind)
        .map(({ alias = 'none' }) => alias)
        .toSorted();
    assert.deepEqual(names('private_key'), ['key one', 'key two']);
    assert.deepEqual(names('certificate_of_private_key'), ['key one', 'key two']);

    const list = ['-list', '-keystore', `store.${type}`, '-storepass', passphrase];
    const listed = keytool(...list).match(/(trustedCertEntry|PrivateKeyEntry)/g);
    assert.equal(listed?.length, store.certificates.length + names('private_key').length);

    for (const wrong of [undefined, 'passwort']) {
      expectRefusal(bytes, wrong, { reason: 'trust_store_passphrase', message: /passphrase/ });
    }
  });
}
