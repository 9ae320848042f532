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
  const begin = (index: number) => unfinished.begin(`${index}`, `2001:db8:${index}::1`);
  for (let index = 0; index < 300; index += 1) assert.equal(begin(index), 'begun');
  assert.equal(begin(300), 'full');
  assert.equal(begin(7), 'begun');
  now = LIFETIME_MS;
  for (let index = 300; index < 600; index += 1) assert.equal(begin(index), 'begun');
  assert.equal(begin(600), 'full');
});

test('networks that begin all they may leave room for those that come later', () => {
  const unfinished = createUnfinished({ now: () => 0, lifetimeMs: LIFETIME_MS });
  const begin = (network: number, index: number) =>
    unfinished.begin(`${network} ${index}`, `10.0.${network}.1`);
  const networks = Array.from({ length: 100 }, (_, network) => network);
  let total = 0;
  for (let index = 0; index < 1_000; index += 1) {
    for (const network of networks) if (begin(network, index) === 'begun') total += 1;
  }
  assert.ok(total < 45_000, `${total} begun`);
  for (const network of networks) assert.equal(begin(network, 1_000), 'network_full');
  for (let index = 0; index < 100; index += 1) assert.equal(begin(200, index), 'begun');
});

test('one subscriber leaves room for all others, however many networks he has', () => {
  const unfinished = createUnfinished({ now: () => 0, lifetimeMs: LIFETIME_MS });
  let total = 0;
  for (let network = 0; network < 256; network += 1) {
    const address = `2001:db8:0:${network.toString(16)}::1`;
    while (unfinished.begin(`${total}`, address) === 'begun') total += 1;
  }
  assert.equal(total, 4_000);
  assert.equal(unfinished.begin('other', '2001:db8:1::1'), 'begun');
  unfinished.end('0');
  assert.equal(unfinished.begin('one more', '2001:db8:0:ff::1'), 'begun');
  assert.equal(unfinished.begin('too many', '2001:db8:0:ff::1'), 'network_full');
});
