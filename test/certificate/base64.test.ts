import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decodeBase64 } from '../../src/certificate/base64.ts';

test('decodes canonical base64 of every length', () => {
  for (let length = 0; length < 100; length += 1) {
    const octets = Buffer.from(Array.from({ length }, (_, index) => (index * 37 + length) % 256));
    assert.deepEqual(Buffer.from(decodeBase64(octets.toString('base64'))), octets);
  }
});

test('refuses what Buffer.from would silently repair', () => {
  for (const text of [
    'AAA',
    'AA',
    'A',
    'AAAA\n',
    ' AAAA',
    'AA AA',
    'AA-_',
    'AAA=AAAA',
    'AA==AAAA',
    'A===',
    '====',
    '=AAA',
    'AAAA====',
    'AAAA=',
    'AAB=',
    'AB==',
    'AAAé',
    'AAAA\0',
  ]) {
    assert.throws(() => decodeBase64(text), { reason: 'certificate_malformed' }, text);
  }
});
