import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createCodeAttempts } from '../../src/users/code-attempts.ts';

test('the twentieth wrong code makes a network wait, and no other one', () => {
  let now = 0;
  const codes = createCodeAttempts({ now: () => now });
  for (let count = 0; count < 19; count += 1) codes.failed('192.0.2.1');
  assert.equal(codes.isBlocked('192.0.2.1'), false);
  codes.failed('192.0.2.1');
  assert.equal(codes.isBlocked('192.0.2.1'), true);
  assert.equal(codes.isBlocked('192.0.2.2'), false);
  now = 1_000;
  assert.equal(codes.isBlocked('192.0.2.1'), false);
  codes.failed('192.0.2.1');
  now = 2_999;
  assert.equal(codes.isBlocked('192.0.2.1'), true, 'twice as long each time');
});
