import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCrl } from '../../src/certificate/revocation/crl.ts';
import { createCrlSignatures, keyIdOf } from '../../src/certificate/revocation/crl-signatures.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { createAuthority } from '../support/pki.ts';
import { mintCrl } from '../support/revocation-list.ts';

const signer = await createAuthority();
const other = await createAuthority();
const keyOf = ({ certificate }: typeof signer) => parseCertificate(certificate).publicKey;

test('a signature that was learnt off the event loop is judged as one looked at here', async () => {
  const crl = parseCrl(mintCrl(signer));
  for (const key of [keyOf(signer), keyOf(other), Uint8Array.of(0x30, 0)]) {
    const [learnt, plain] = [createCrlSignatures(), createCrlSignatures()];
    await learnt.learn(crl, key);
    const id = keyIdOf(key);
    assert.equal(learnt.problemOf(crl, key, id), plain.problemOf(crl, key, id));
  }
});

test('a key that signed one list has not signed another, and its name is no key', async () => {
  const signatures = createCrlSignatures();
  const [own, foreign] = [parseCrl(mintCrl(signer)), parseCrl(mintCrl(other))];
  const key = keyOf(signer);
  await Promise.all([own, foreign].map((crl) => signatures.learn(crl, key)));
  assert.equal(signatures.problemOf(own, key, keyIdOf(key)), undefined);
  assert.match(signatures.problemOf(foreign, key, keyIdOf(key)) ?? '', /does not verify/);
});
