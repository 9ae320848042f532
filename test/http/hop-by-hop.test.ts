import assert from 'node:assert/strict';
import { test } from 'node:test';

import { endToEndFields } from '../../src/http/hop-by-hop.ts';

test('fields of one connection do not travel on', () => {
  const kept = endToEndFields([
    ['Host', 'a'],
    ['Connection', 'keep-alive'],
    ['Keep-Alive', 'timeout=5'],
    ['TE', 'trailers'],
    ['Trailer', 'x-sum'],
    ['Transfer-Encoding', 'chunked'],
    ['Upgrade', 'h2c'],
    ['Proxy-Authorization', 'Basic x'],
    ['Proxy-Connection', 'close'],
    ['Accept', '*/*'],
  ]);
  assert.deepEqual(kept, [
    ['Host', 'a'],
    ['Accept', '*/*'],
  ]);
});

test('fields named in any Connection line do not travel on, in any spelling (T04)', () => {
  const kept = endToEndFields([
    ['connection', 'close,\tX-One , x-TWO'],
    ['Connection', 'X-Three'],
    ['x-one', '1'],
    ['X-Two', '2'],
    ['x-THREE', '3'],
    ['X-Four', '4'],
  ]);
  assert.deepEqual(kept, [['X-Four', '4']]);
});

test('however many fields are named, all of them are dropped and no other', () => {
  const many = Array.from({ length: 300_000 }, (_, at) => `x-${at}`).join();
  const kept = endToEndFields([
    ['Connection', many],
    ['X-299999', '1'],
    ['X-300000', '2'],
  ]);
  assert.deepEqual(kept, [['X-300000', '2']]);
});
