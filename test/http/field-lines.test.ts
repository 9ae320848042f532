import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderList } from '../../src/http/exchange.ts';
import { fieldLines } from '../../src/http/field-lines.ts';
import { HeadWriter } from '../../src/http/head-writer.ts';

function written(fields: HeaderList, standing: HeaderList, body?: Uint8Array): string | undefined {
  const head = new HeadWriter();
  head.begin('GET / HTTP/1.1');
  const lines = fieldLines(standing);
  if (lines === undefined) return undefined;
  for (const [name, value] of fields) head.add(name, value);
  head.addLines(lines);
  return head.finish(body)?.toString('latin1');
}

test('fields that stand in many messages come behind those of one', () => {
  const standing = [
    ['b', '2'],
    ['c', '\xe9'],
  ] as const;
  const octets = written([['a', '1']], standing, Buffer.from('body'));
  assert.equal(octets, 'GET / HTTP/1.1\r\na: 1\r\nb: 2\r\nc: \xe9\r\n\r\nbody');
  assert.equal(written([], []), 'GET / HTTP/1.1\r\n\r\n');
});

test('lines that are kept keep no memory but their own', () => {
  const lines = fieldLines([['a', '1']]);
  assert.equal(lines?.octets.buffer.byteLength, lines?.octets.length);
});

test('a field of one message is looked at whatever stands behind it', () => {
  for (const value of ['1\r\nb: 2', '1\r\n\r\n', '1\r\n']) {
    assert.equal(written([['a', value]], [['c', '3']]), undefined);
    assert.equal(written([['a', value]], []), undefined);
  }
});

for (const [what, name, value] of [
  ['a line of its own in a value', 'a', '1\r\nb: 2'],
  ['a bare LF', 'a', '1\nb: 2'],
  ['a NUL', 'a', '1\0'],
  ['a name with a colon', 'a:b', '1'],
  ['no name', '', '1'],
  ['a character that is no octet', 'a', '\u0141'],
  ['a length', 'Content-Length', '4'],
  ['a transfer coding', 'transfer-encoding', 'chunked'],
] as const) {
  test(`no lines are made of ${what}`, () => {
    assert.equal(
      fieldLines([
        ['x', 'y'],
        [name, value],
      ]),
      undefined,
    );
  });
}
