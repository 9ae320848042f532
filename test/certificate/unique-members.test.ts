import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hasUniqueMembers } from '../../src/certificate/key-set/unique-members.ts';

const SIZE = 1_048_576;

test('members are told from values and from other objects', () => {
  for (const text of [
    '{}',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}],"d":"a"}',
    '["a","a"]',
    '{"a":"a","b" \t\n:"\\"a\\":","c":"}{"}',
    '{"\\\\":1,"\\\\\\"":2}',
    '"a"',
  ]) {
    assert.equal(hasUniqueMembers(text), true, text);
  }
});

test('a member that stands twice is found, at whatever depth and however it is spelled', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a" :1,"\\u0061"\r\n:1}',
    '{"b":[0,{"a":{"b":1},"a":2}]}',
    '[{"x":"{\\"","a":[],"a":1}]',
    '{"":1,"":2}',
    '{"\\\\":1,"\\\\":2}',
  ]) {
    assert.equal(hasUniqueMembers(text), false, text);
  }
});

// Steps that grow by the square of the length would not end within the time of a test run.
test('a hostile text of 1 MiB takes no more steps than a harmless one', () => {
  const unique = [
    `["a"${' '.repeat(SIZE)}]`,
    `[${'"a"          ,'.repeat(SIZE / 14)}1]`,
    `"${'\\"'.repeat(SIZE / 2)}"`,
    `"${'\\\\'.repeat(SIZE / 2)}"`,
    '['.repeat(SIZE / 2) + ']'.repeat(SIZE / 2),
    `${'{"a":'.repeat(SIZE / 6)}1${'}'.repeat(SIZE / 6)}`,
    // No JSON, which the parser refuses before: the scan does not rest on that.
    `"${'\\"'.repeat(SIZE / 2)}`,
    '"'.repeat(SIZE - 1),
    '"a" '.repeat(SIZE / 4),
    '"\\'.repeat(SIZE / 2),
    ']'.repeat(SIZE),
  ];
  for (const text of unique) assert.equal(hasUniqueMembers(text), true, text.slice(0, 20));
});
