import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadWriter } from '../../src/http/head-writer.ts';

const LINE = 'GET / HTTP/1.1';

function octetsOf(fields: readonly (readonly [string, string])[], body?: Uint8Array) {
  const head = new HeadWriter();
  head.begin(LINE);
  for (const [name, value] of fields) head.add(name, value);
  return head.finish(body);
}

test('a head and its body are one piece, each character one octet', () => {
  const fields = [
    ['a', '\xe9'],
    ['b', ''],
    ['c', 'x: y'],
  ] as const;
  const octets = octetsOf(fields, Buffer.from('body'));
  assert.equal(octets?.toString('latin1'), `${LINE}\r\na: \xe9\r\nb: \r\nc: x: y\r\n\r\nbody`);
  assert.equal(octetsOf([])?.toString(), `${LINE}\r\n\r\n`);
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
  ['a line of its own in a long value', 'a', `${'1'.repeat(300)}\r\nb: 2`],
  ['a line end behind a long value', 'a', `${'1'.repeat(300)}\r\n`],
  ['a long value with a character whose low octet is a line end', 'a', `${'1'.repeat(300)}\u010a`],
  ['another name within a long name', `${'a'.repeat(300)}: 1\r\nb`, '2'],
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

test('a start line of two lines is not written', () => {
  for (const line of ['GET / HTTP/1.1\r\na: b', `GET /${'a'.repeat(300)} HTTP/1.1\r\na: b`]) {
    const head = new HeadWriter();
    head.begin(line);
    head.add('c', 'd');
    assert.equal(head.finish(), undefined);
  }
});

test('values of any length are written as they are', () => {
  for (let length = 0; length < 400; length += 1) {
    const value = '\xe9\tx'.repeat(length).slice(0, length);
    const octets = octetsOf([['a', value]], Buffer.from('body'));
    assert.equal(octets?.toString('latin1'), `${LINE}\r\na: ${value}\r\n\r\nbody`);
  }
});

test('one that can not be written leaves nothing in the next one, and a large one has room', () => {
  const head = new HeadWriter();
  const texts = ['1', 'a\nb', 'x'.repeat(20_000), '2', '', 'y'.repeat(90_000), '3'].map((value) => {
    head.begin(LINE);
    head.add('a', value);
    head.add('b', '1');
    return head.finish()?.toString('latin1');
  });
  const expected = (value: string) => `${LINE}\r\na: ${value}\r\nb: 1\r\n\r\n`;
  const [one, broken, large, two, empty, larger, three] = texts;
  assert.deepEqual(
    [one, broken, two, empty],
    [expected('1'), undefined, expected('2'), expected('')],
  );
  assert.equal(large, expected('x'.repeat(20_000)));
  assert.equal(larger, expected('y'.repeat(90_000)));
  assert.equal(three, expected('3'));
});
