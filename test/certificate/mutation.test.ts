import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { parseDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { codecFor } from '../../src/certificate/header/codecs.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { readCertificates } from '../../src/certificate/pem.ts';
import { CertificateError } from '../../src/errors.ts';
import type { Reason } from '../../src/errors.ts';
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
  reasons: readonly Reason[] = ['certificate_malformed'],
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
      assert.ok(reasons.includes(error.reason), `${facts}: ${error.reason}`);
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
  const [issued, lone] = subjects.map(({ certificate }) => certificate);
  for (const [seed, format] of HEADER_FORMATS.entries()) {
    const codec = codecFor(format);
    const carried = { leaf: lone ?? new Uint8Array(), chain: [issued ?? new Uint8Array()] };
    for (const [at, [name, original]] of codec.write(carried, codec.names).entries()) {
      const rest = codec.write(carried, codec.names).toSpliced(at, 1);
      const read = (mutant: Buffer): void => {
        const found = codec.read([...rest, [name, mutant.toString('latin1')]], codec.names);
        if (found !== undefined) codec.write(found, codec.names);
      };
      // What is left of a chain can look like many small values.
      const reasons: readonly Reason[] = ['certificate_malformed', 'certificate_chain_too_large'];
      expectOnlyOurErrors(Buffer.from(original), seed + 20, read, reasons);
    }
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
