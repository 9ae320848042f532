import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressCounts } from '../../src/limits/address-limits.ts';

const NONE = { maxConnections: undefined, handshakes: undefined };

test('an address has so many connections at once and no more', () => {
  const counts = createAddressCounts();
  const limits = { ...NONE, maxConnections: 2 };
  assert.equal(counts.enter('a', limits, 0), 'taken');
  assert.equal(counts.enter('a', limits, 0), 'taken');
  assert.equal(counts.enter('a', limits, 0), 'connections_exceeded');
  assert.equal(counts.enter('b', limits, 0), 'taken');
  counts.leave('a');
  assert.equal(counts.enter('a', limits, 0), 'taken');
});

test('an address begins so many handshakes in a time, and more at another limit', () => {
  const counts = createAddressCounts();
  const limits = { ...NONE, handshakes: { burst: 2, perSecond: 1 } };
  assert.equal(counts.enter('a', limits, 0), 'taken');
  assert.equal(counts.enter('a', limits, 0), 'taken');
  assert.equal(counts.enter('a', limits, 0), 'handshakes_exceeded');
  assert.equal(counts.enter('a', limits, 1_000), 'taken');
  assert.equal(counts.enter('a', { ...limits }, 1_000), 'handshakes_exceeded');
  const wider = { ...NONE, handshakes: { burst: 3, perSecond: 1 } };
  assert.equal(counts.enter('a', wider, 1_000), 'taken');
});

test('what is open counts on when the limits change', () => {
  const counts = createAddressCounts();
  assert.equal(counts.enter('a', NONE, 0), 'taken');
  assert.equal(counts.enter('a', { ...NONE, maxConnections: 1 }, 0), 'connections_exceeded');
});
