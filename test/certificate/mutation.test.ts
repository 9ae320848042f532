import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { parseDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { codecFor } from '../../src/certificate/header/codecs.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { CertificateError } from '../../src/errors.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';

const ROUNDS = 3_000;
const authority = await createAuthority();
const subjects = [
  await authority.issue({ subject: 'CN=a+UID=7,O=Test,C=DE', eku: ['clientAuth'] }),
  await selfSigned({ subject: 'emailAddress=a@example.com,CN=Zoë,O=Test', ca: true }),
];

/** Runs the reader on mutants; whatever it does not take, it refuses with an error of ours. */
function expectOnlyOurErrors(
  original: Uint8Array,
  seed: number,
  read: (mutant: Buffer) => unknown,
): number {
  const random = createRandom(seed);
  let accepted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const mutant = Buffer.from(mutate(original, random));
    try {
      read(mutant);
      accepted += 1;
    } catch (error) {
      const facts = `seed ${seed}, round ${round}: ${mutant.toString('hex')}`;
      assert.ok(error instanceof CertificateError, `${facts}: ${String(error)}`);
      assert.equal(error.reason, 'certificate_malformed', facts);
    }
  }
  return accepted;
}

test('mutants of certificates are read as they are or refused with our error', () => {
  for (const [seed, { certificate }] of subjects.entries()) {
    const accepted = expectOnlyOurErrors(certificate, seed, (mutant) => {
      const parsed = parseCertificate(mutant);
      assert.deepEqual(Buffer.from(parsed.der), mutant);
      const text = formatDistinguishedName(parsed.subject);
      assert.equal(formatDistinguishedName(parseDistinguishedName(text)), text);
    });
    // Some change only the key or the signature, so a few must pass: the loop is no empty exercise.
    assert.ok(
      accepted > ROUNDS / 100 && accepted < ROUNDS / 2,
      `${accepted} of ${ROUNDS} accepted`,
    );
  }
});

test('mutants of PEM are read or refused with our error', () => {
  for (const [seed, { certificatePem }] of subjects.entries()) {
    expectOnlyOurErrors(Buffer.from(certificatePem), seed + 10, (mutant) =>
      readCertificates(mutant.toString('latin1')).map(parseCertificate),
    );
  }
});

test('mutants of header values are read as they are or refused with our error', () => {
  for (const [seed, format] of (['one_line_pem', 'rfc9440'] as const).entries()) {
    const codec = codecFor(format);
    const original = codec.write(subjects[seed]?.certificate ?? new Uint8Array());
    expectOnlyOurErrors(Buffer.from(original), seed + 20, (mutant) => {
      const value = mutant.toString('latin1');
      const der = codec.read(value);
      if (der !== undefined) assert.equal(codec.write(der), value);
    });
  }
});

test('mutants of distinguished names in text are read or refused with our error', () => {
  const text = 'CN=Zo\\C3\\AB \\"x\\"+UID=#0c0137,OU=a\\, b,2.5.4.97=#0c0141,C=DE';
  expectOnlyOurErrors(Buffer.from(text), 30, (mutant) => {
    const name = parseDistinguishedName(mutant.toString('latin1'));
    const again = formatDistinguishedName(name);
    assert.equal(formatDistinguishedName(parseDistinguishedName(again)), again);
  });
});
