import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldNames, isSameName } from '../../src/http/field-names.ts';

test('a name is known in any spelling, and no other name is', () => {
  const names = new FieldNames(['Host', 'x-a_b', 'te']).with(['CONNECTION']);
  for (const name of ['host', 'HOST', 'hOsT', 'X-A_B', 'te', 'Connection']) {
    assert.equal(names.has(name), true, name);
  }
  for (const name of [
    '',
    'hos',
    'hosts',
    'hast',
    'x-a-b',
    'x-a\x7fb',
    'connectioN ',
    'ho\u017ft',
  ]) {
    assert.equal(names.has(name), false, name);
  }
});

test('characters that differ by the bit of the case alone are not one letter', () => {
  for (const [name, lower] of [
    ['@', '`'],
    ['[', '{'],
    ['^', '~'],
    ['\r', '-'],
    ['\u212a', 'k'],
  ] as const) {
    assert.equal(isSameName(name, lower), false, JSON.stringify(name));
  }
});
