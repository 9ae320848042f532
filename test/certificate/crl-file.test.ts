import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readCrls } from '../../src/certificate/revocation/crl-file.ts';
import { TrustDataError } from '../../src/errors.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { createAuthority } from '../support/pki.ts';
import { crlNumber, extension, mintCrl, writeCrlPem } from '../support/revocation-list.ts';

const authority = await createAuthority();
const first = mintCrl(authority, { number: 1 });
const second = mintCrl(authority, { number: 2, entries: [{ serialNumber: '05' }] });

const numbers = (content: string | Uint8Array): readonly (string | undefined)[] =>
  readCrls(Buffer.from(content)).map(({ number }) => number);

function refused(content: string | Uint8Array, reason: string, message: RegExp): void {
  assert.throws(
    () => readCrls(Buffer.from(content)),
    (error) => {
      assert.ok(error instanceof TrustDataError, String(error));
      assert.equal(error.reason, reason, error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('reads one list in DER and several in PEM, in their order', () => {
  assert.deepEqual(numbers(first), ['01']);
  assert.deepEqual(numbers(writeCrlPem(first)), ['01']);
  const text = `# lists\n${writeCrlPem(second)}\r\n${authority.certificatePem}${writeCrlPem(first)}`;
  assert.deepEqual(numbers(text), ['02', '01']);
});

test('refuses a file in which one list can not be used, and names its line', () => {
  const strange = extension({ type: '1.2.3', critical: true, value: Buffer.from('0500', 'hex') });
  const unusable = mintCrl(authority, { extensions: [crlNumber(1), strange] });
  const text = writeCrlPem(first) + writeCrlPem(unusable);
  const line = writeCrlPem(first).split('\n').length;
  refused(text, 'crl_unsupported', new RegExp(`of line ${line}: critical CRL extension 1.2.3`));
  const damaged = writeCrlPem(first) + writeCrlPem(second.subarray(0, -1));
  refused(damaged, 'crl_malformed', new RegExp(`of line ${line}:`));
  refused(text.slice(0, -50), 'crl_malformed', /has no END line/);
});

test('refuses a file without any list', () => {
  refused('', 'crl_malformed', /no CRL in PEM or DER form/);
  refused('\0'.repeat(100), 'crl_malformed', /no CRL/);
  refused(authority.certificatePem, 'crl_malformed', /no CRL/);
  refused(authority.certificate, 'crl_malformed', /CRL: DER offset/);
});

test('bounds what it reads', () => {
  const small = { maxBytes: 100 };
  assert.throws(() => readCrls(first, small), /octets are more than 100/);
  assert.throws(() => readCrls(Buffer.from(writeCrlPem(first)), small), /octets are more than 100/);
  const filler = Buffer.alloc(66_000, '\n');
  assert.throws(() => readCrls(filler, small), /more than 65736 octets in PEM/);
});

test('mutants of a PEM file are read or refused with our error', () => {
  const original = Buffer.from(writeCrlPem(first) + writeCrlPem(second));
  const random = createRandom(2);
  for (let round = 0; round < 2_000; round += 1) {
    const mutant = Buffer.from(mutate(original, random));
    try {
      readCrls(mutant);
    } catch (error) {
      assert.ok(error instanceof TrustDataError, `round ${round}: ${String(error)}`);
    }
  }
});
