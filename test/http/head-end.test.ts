import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headEndIn } from '../../src/http/head-end.ts';

/** All texts of so many of these characters. */
function* texts(characters: string, length: number): Generator<string> {
  if (length === 0) yield '';
  else
    for (const text of texts(characters, length - 1))
      for (const each of characters) yield text + each;
}

test('the end of a head is found where its first empty line is, whatever stands around it', () => {
  for (let length = 0; length <= 9; length += 1) {
    for (const text of texts('\r\na', length)) {
      const found = headEndIn(Buffer.from(text));
      assert.equal(found, text.indexOf('\r\n\r\n'), JSON.stringify(text));
    }
  }
});

test('the end of a head is found at each place of short and of long heads', () => {
  for (let before = 0; before <= 300; before += 1) {
    for (const behind of ['', 'body', '\r\n\r\n']) {
      const octets = Buffer.from(`${'a'.repeat(before)}\r\n\r\n${behind}`);
      assert.equal(headEndIn(octets), before);
      assert.equal(headEndIn(octets.subarray(0, before + 3)), -1);
    }
  }
});
