import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createReadCertificate } from '../../src/token-service/read-certificate.ts';
import { selfSigned } from '../support/pki.ts';
import { byteSequence, der } from './running-service.ts';

test('a certificate that is shown again is not read again, and each field is its own', async () => {
  const read = createReadCertificate();
  const [first, second] = [await selfSigned(), await selfSigned()].map(der);
  assert.ok(first && second);
  const held = read(byteSequence(first));
  assert.deepEqual(held?.raw, first);
  assert.deepEqual(read(byteSequence(second))?.raw, second);
  assert.equal(read(byteSequence(first)), held);
  // What is kept says nothing of another field, however little it differs.
  assert.equal(read(`${byteSequence(first)} `), undefined);
  assert.equal(read([byteSequence(first)]), undefined);
  assert.equal(read(undefined), undefined);
});

test('those that were shown longest ago make room, and are read again when they come', async () => {
  const read = createReadCertificate();
  const [often, seldom] = [await selfSigned(), await selfSigned()].map(der).map(byteSequence);
  assert.ok(often !== undefined && seldom !== undefined);
  const [heldOften, heldSeldom] = [read(often), read(seldom)];
  for (let count = 0; count < 300; count += 1) {
    // Any octets in place of the signature: nobody looks at it here.
    const other: Buffer = Buffer.from(seldom.slice(1, -1), 'base64');
    other.writeUInt32BE(count, other.length - 4);
    assert.deepEqual(read(byteSequence(other))?.raw, other);
    assert.equal(read(often), heldOften);
  }
  assert.notEqual(read(seldom), heldSeldom);
  assert.deepEqual(read(seldom)?.raw, heldSeldom?.raw);
});
