import assert from 'node:assert/strict';
import { test } from 'node:test';

import { integerHexOf, objectIdentifierOf, timeOf } from '../../src/certificate/der/der-value.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import { hex } from './rebuilt.ts';

const utcTime = (text: string): number =>
  timeOf(readDer(writeDer(0x17, Buffer.from(text))), 'time');
const generalizedTime = (text: string): number =>
  timeOf(readDer(writeDer(0x18, Buffer.from(text))), 'time');

test('reads object identifiers, arcs beyond 64 bits included', () => {
  const dotted = (octets: string): string => objectIdentifierOf(readDer(hex(octets)), 'type');
  assert.equal(dotted('06 03 55 04 03'), '2.5.4.3');
  assert.equal(dotted('06 09 2a 86 48 86 f7 0d 01 09 01'), '1.2.840.113549.1.9.1');
  assert.equal(dotted('06 01 00'), '0.0');
  assert.equal(dotted('06 01 4f'), '1.39');
  assert.equal(dotted('06 02 88 37'), '2.999');
  for (const text of [
    '2.25.340282366920938463463374607431768211455',
    '2.340282366920938463463374607431768211455.1',
    '1.3.9007199254740993',
    '1.3.4503599627370497.4503599627370495',
  ]) {
    assert.equal(objectIdentifierOf(readDer(writeObjectIdentifier(text)), 'type'), text);
  }
});

test('gives integers as the hex of their octets', () => {
  assert.equal(integerHexOf(readDer(hex('02 02 00 ff')), 'serial'), '00ff');
});

test('names the field when a value has another type', () => {
  assert.throws(() => integerHexOf(readDer(hex('05 00')), 'serialNumber'), {
    reason: 'certificate_malformed',
    message: /serialNumber is not of type integer/,
  });
  assert.throws(() => integerHexOf(undefined, 'serialNumber'), /serialNumber is missing/);
});

test('reads UTCTime between 1950 and 2049', () => {
  assert.equal(utcTime('500101000000Z'), Date.UTC(1950, 0, 1));
  assert.equal(utcTime('491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(utcTime('240229120000Z'), Date.UTC(2024, 1, 29, 12));
});

test('reads GeneralizedTime from 2050 to the end of time', () => {
  assert.equal(generalizedTime('20500101000000Z'), Date.UTC(2050, 0, 1));
  assert.equal(generalizedTime('99991231235959Z'), Date.UTC(9999, 11, 31, 23, 59, 59));
});

test('refuses times in any other form', () => {
  for (const text of [
    '2401011200Z',
    '240101120000',
    '240101120000+0000',
    '240101120000z',
    '24010112000 Z',
    '240101120000.0Z',
    '20240101120000Z',
    '240101120000Z\0',
  ]) {
    assert.throws(() => utcTime(text), /is not YYMMDDHHMMSSZ/, text);
  }
  for (const text of ['205001010000Z', '20500101000000', '20500101000000.5Z', '500101000000Z']) {
    assert.throws(() => generalizedTime(text), /is not YYYYMMDDHHMMSSZ/, text);
  }
  assert.throws(() => generalizedTime('20491231235959Z'), /before 2050 is not a UTCTime/);
});

test('refuses moments that the calendar does not have', () => {
  for (const text of [
    '230229000000Z',
    '240001000000Z',
    '241301000000Z',
    '240100000000Z',
    '240431000000Z',
    '240101240000Z',
    '240101006000Z',
    '240101000060Z',
  ]) {
    assert.throws(() => utcTime(text), /does not exist/, text);
  }
});
