import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createUnfinished } from '../../src/users/unfinished.ts';

const LIFETIME_MS = 900_000;

test('a network begins so much and no more, until something is finished or its time is over', () => {
  let now = 0;
  const unfinished = createUnfinished({ now: () => now, lifetimeMs: LIFETIME_MS, maxOfNetwork: 2 });
  const begin = (id: string, address = '192.0.2.1') => unfinished.begin(id, address);
  assert.equal(begin('a'), 'begun');
  now = 1;
  assert.equal(begin('b'), 'begun');
  assert.equal(begin('c'), 'network_full');
  assert.equal(begin('a'), 'begun', 'what is counted already goes on');
  assert.equal(begin('c', '192.0.2.2'), 'begun');
  unfinished.end('b');
  unfinished.end('b');
  unfinished.end('never begun');
  assert.equal(begin('d'), 'begun');
  assert.equal(begin('e'), 'network_full');
  now = LIFETIME_MS;
  assert.equal(begin('e'), 'begun', 'a is over');
  assert.equal(begin('f'), 'network_full');
});

test('all networks together begin so much and no more', () => {
  let now = 0;
  const unfinished = createUnfinished({ now: () => now, lifetimeMs: LIFETIME_MS, max: 300 });
  const begin = (index: number) => unfinished.begin(`${index}`, `2001:db8:0:${index}::1`);
  for (let index = 0; index < 300; index += 1) assert.equal(begin(index), 'begun');
  assert.equal(begin(300), 'full');
  assert.equal(begin(7), 'begun');
  now = LIFETIME_MS;
  for (let index = 300; index < 600; index += 1) assert.equal(begin(index), 'begun');
  assert.equal(begin(600), 'full');
});
