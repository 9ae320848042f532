import assert from 'node:assert/strict';
import { test } from 'node:test';

import { claimedLength, readDer } from '../../src/certificate/der/der.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { hex } from './rebuilt.ts';

const refused = (text: string, octets: string, detail: RegExp): void => {
  assert.throws(
    () => readDer(hex(octets)),
    { name: 'CertificateError', reason: 'certificate_malformed', message: detail },
    text,
  );
};

test('gives a tree whose offsets count from the start of the input', () => {
  const root = readDer(hex('30 08 02 01 05 a0 03 02 01 07'));
  const [integer, explicit] = root.children;
  assert.deepEqual(
    [root.tagClass, root.tagNumber, root.constructed, root.start, root.contentStart, root.end],
    ['universal', 16, true, 0, 2, 10],
  );
  assert.deepEqual([integer?.contentStart, integer?.end], [4, 5]);
  assert.deepEqual([explicit?.tagClass, explicit?.tagNumber], ['context', 0]);
  assert.deepEqual([explicit?.children[0]?.contentStart, explicit?.children[0]?.end], [9, 10]);
});

test('reads tags of several octets and lengths of several octets', () => {
  assert.equal(readDer(hex('9f 1f 00')).tagNumber, 31);
  assert.equal(readDer(hex('9f 81 00 00')).tagNumber, 128);
  assert.equal(readDer(writeDer(0x04, new Uint8Array(0x80))).end, 0x83);
  assert.equal(readDer(writeDer(0x04, new Uint8Array(0x1234))).end, 0x1238);
});

test('refuses lengths with a second spelling', () => {
  refused('indefinite', '30 80 00 00', /indefinite length/);
  refused('long form below 128', '04 81 01 00', /length not in its shortest form/);
  refused('leading zero', `04 82 00 80 ${'00'.repeat(128)}`, /length not in its shortest form/);
  refused('reserved', '04 ff 00', /length too large/);
  refused('five octets', '04 85 01 00 00 00 00', /length too large/);
});

test('refuses tags with a second spelling', () => {
  refused('below 31', '9f 1e 00', /tag number not in its shortest form/);
  refused('padding', '9f 80 1f 00', /tag number with padding/);
  refused('huge', '9f ff ff ff ff 7f 00', /tag number too large/);
});

test('refuses values that end too early or too late', () => {
  refused('nothing', '', /offset 0: ends within a value/);
  refused('tag alone', '30', /offset 1: ends within a value/);
  refused('length cut', '30 82 01', /ends within a value/);
  refused('content cut', '04 02 00', /length runs past the end/);
  refused('child past its parent', '30 03 04 02 00 00', /offset 2: the length runs past the end/);
  refused('one octet more', '05 00 00', /offset 2: octets follow the value/);
});

test('refuses universal types in the wrong form and types that do not exist', () => {
  refused('end of contents', '00 00', /universal type 0 does not exist/);
  refused('reserved type', '0f 00', /universal type 15 does not exist/);
  refused('unknown type', '1f 25 00', /universal type 37 does not exist/);
  refused('primitive SEQUENCE', '10 00', /universal type 16 in the wrong form/);
  refused('constructed OCTET STRING', '24 03 04 01 00', /universal type 4 in the wrong form/);
  refused('constructed UTF8String', '2c 03 0c 01 41', /universal type 12 in the wrong form/);
});

test('refuses contents that DER spells in another way', () => {
  refused('BOOLEAN 01', '01 01 01', /BOOLEAN/);
  refused('BOOLEAN of two octets', '01 02 ff ff', /BOOLEAN/);
  refused('empty BOOLEAN', '01 00', /ends within a value/);
  refused('empty INTEGER', '02 00', /ends within a value/);
  refused('padded INTEGER', '02 02 00 7f', /INTEGER not in its shortest form/);
  refused('padded negative INTEGER', '02 02 ff 80', /INTEGER not in its shortest form/);
  refused('padded ENUMERATED', '0a 02 00 01', /INTEGER not in its shortest form/);
  refused('NULL with content', '05 01 00', /NULL with content/);
  refused('empty BIT STRING', '03 00', /ends within a value/);
  refused('8 unused bits', '03 02 08 00', /more than 7 unused bits/);
  refused('unused bits of nothing', '03 01 01', /empty BIT STRING with unused bits/);
  refused('unused bits set', '03 02 01 01', /unused bits that are not zero/);
  refused('empty OID', '06 00', /OBJECT IDENTIFIER is incomplete/);
  refused('OID cut', '06 02 2a 86', /OBJECT IDENTIFIER is incomplete/);
  refused('OID arc padded', '06 03 2a 80 01', /arc not in its shortest form/);
  refused('OID too long', `06 81 81 ${'01'.repeat(129)}`, /OBJECT IDENTIFIER too long/);
});

test('takes the same contents in their one spelling', () => {
  for (const octets of ['01 01 00', '01 01 ff', '02 01 80', '02 02 00 80', '02 02 ff 7f']) {
    assert.equal(readDer(hex(octets)).end, hex(octets).length, octets);
  }
  for (const octets of ['03 01 00', '03 02 01 02', '05 00', '06 03 2a 86 48', '30 00', '31 00']) {
    assert.equal(readDer(hex(octets)).end, hex(octets).length, octets);
  }
});

test('bounds depth, size and number of values', () => {
  const nested = (depth: number): Uint8Array =>
    Array.from({ length: depth }).reduce<Uint8Array>((inner) => writeDer(0x30, inner), hex('0500'));
  assert.equal(readDer(nested(32)).start, 0);
  assert.throws(() => readDer(nested(33)), /nested more than 32 deep/);
  assert.throws(() => readDer(nested(5_000)), /nested more than 32 deep/);
  assert.throws(() => readDer(writeDer(0x04, new Uint8Array(65_536))), /are more than 65536/);
  assert.throws(() => readDer(writeDer(0x30, hex('0500'.repeat(5_000)))), /more than 4096 values/);
});

test('tells the length that a value claims from its header alone', () => {
  assert.equal(claimedLength(hex('30 82 01 00')), 260);
  assert.throws(() => claimedLength(hex('30 80')), /indefinite length/);
  assert.throws(() => claimedLength(hex('')), /ends within a value/);
});
