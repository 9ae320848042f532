import assert from 'node:assert/strict';
import { hash, verify } from 'node:crypto';
import { test } from 'node:test';

import { extension, san } from '../support/crafted-extensions.ts';
import { craftRoot } from '../support/crafted.ts';
import { validityProblem, validityWindow } from '../../src/certificate/validity.ts';

const root = craftRoot();

test('gives what was signed, the algorithm and the signature', () => {
  const { signature } = root.issue().certificate();
  assert.ok(verify('sha256', signature.signed, root.keys.publicKey, signature.value));
  assert.equal(Buffer.from(signature.algorithm).toString('hex'), '300a06082a8648ce3d040302');
  assert.ok(Object.isFrozen(signature));
});

test('gives the extensions in their order, critical or not, with their octets', () => {
  const own = extension('1.2.3', true, '0500');
  const alternatives = san([['dns', 'a.example']]);
  const certificate = root
    .issue({ extensions: { aki: null, ski: null, eku: null, bc: null, own, alternatives } })
    .certificate();
  assert.deepEqual(
    certificate.extensions.map(({ type, critical }) => [type, critical]),
    [
      ['2.5.29.15', true],
      ['1.2.3', true],
      ['2.5.29.17', false],
    ],
  );
  const octets = certificate.extensions[2]?.value ?? new Uint8Array();
  assert.equal(hash('sha256', octets), hash('sha256', alternatives.value));
  assert.ok(Object.isFrozen(certificate.extensions) && Object.isFrozen(certificate.extensions[0]));
});

test('gives version and unique identifiers', () => {
  for (const version of [1, 2, 3] as const) {
    const certificate = root.issue({ version }).certificate();
    assert.deepEqual([certificate.version, certificate.hasUniqueIdentifiers], [version, false]);
  }
  assert.equal(root.issue({ uniqueIdentifiers: true }).certificate().hasUniqueIdentifiers, true);
  assert.deepEqual(root.issue({ version: 1 }).certificate().extensions, []);
});

test('the last second of a certificate belongs to it whole', () => {
  const notBefore = Date.UTC(2026, 0, 1);
  const certificate = root.issue({ notBefore, notAfter: notBefore + 5_000 }).certificate();
  const { from, until } = validityWindow(certificate);
  assert.deepEqual([from, until], [notBefore, notBefore + 5_999]);
  assert.equal(validityProblem(certificate, from - 1), 'certificate_not_yet_valid');
  assert.equal(validityProblem(certificate, from), undefined);
  assert.equal(validityProblem(certificate, until), undefined);
  assert.equal(validityProblem(certificate, until + 1), 'certificate_expired');
  assert.equal(validityProblem(certificate, until + 1, 1), undefined);
  assert.equal(validityProblem(certificate, Number.NaN), 'certificate_not_yet_valid');
});
