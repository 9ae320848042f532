import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadText } from '../../src/http/head-text.ts';

const LINE = 'GET / HTTP/1.1\r\n';

function octetsOf(fields: readonly (readonly [string, string])[], body?: Uint8Array) {
  const head = new HeadText(LINE);
  for (const [name, value] of fields) head.add(name, value);
  return head.octets(body);
}

test('a head and its body are one piece, each character one octet', () => {
  const fields = [
    ['a', '\xe9'],
    ['b', ''],
    ['c', 'x: y'],
  ] as const;
  const octets = octetsOf(fields, Buffer.from('body'));
  assert.equal(octets?.toString('latin1'), `${LINE}a: \xe9\r\nb: \r\nc: x: y\r\n\r\nbody`);
  assert.equal(octetsOf([])?.toString(), `${LINE}\r\n`);
});

for (const [what, name, value] of [
  ['a line of its own in a value', 'a', '1\r\nb: 2'],
  ['an end of the head in a value', 'a', '1\r\n\r\nGET /other HTTP/1.1'],
  ['a bare CR', 'a', '1\rb'],
  ['a bare LF', 'a', '1\nb: 2'],
  ['a NUL', 'a', '1\0'],
  ['another control character', 'a', '\x1b[1m'],
  ['a name with a space', 'a b', '1'],
  ['a space before the colon', 'a ', '1'],
  ['a space before the name', ' a', '1'],
  ['no name', '', '1'],
  ['another name within the name', 'transfer-encoding:chunked, x', 'y'],
  ['a line end in a name', 'a: 1\r\nb', '2'],
  ['a character whose low octet is a line end', 'a', '1\u010d\u010ab: 2'],
  ['a character that is no octet', 'a', '\u0141'],
] as const) {
  test(`nothing is written with ${what}`, () => {
    assert.equal(octetsOf([[name, value]]), undefined);
    assert.equal(
      octetsOf([
        ['x', 'y'],
        [name, value],
        ['z', ''],
      ]),
      undefined,
    );
  });
}
