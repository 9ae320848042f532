import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createAttempts } from '../../src/users/attempts.ts';
import type { Attempt, Attempts } from '../../src/users/attempts.ts';
import { networkOf } from '../../src/http/network.ts';

const ALICE: Attempt = { name: 'alice', address: '192.0.2.1' };

function fail(attempts: Attempts, times: number, of: (index: number) => Attempt): void {
  for (let index = 0; index < times; index += 1) attempts.failed(of(index));
}

test('the fifth failure makes a user wait, each further one twice as long, up to a bound', () => {
  let now = 0;
  const attempts = createAttempts({ now: () => now });
  fail(attempts, 4, () => ALICE);
  assert.equal(attempts.isBlocked(ALICE), false);
  for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
    attempts.failed(ALICE);
    now += seconds * 1_000 - 1;
    assert.equal(attempts.isBlocked(ALICE), true, `${seconds} s`);
    now += 1;
    assert.equal(attempts.isBlocked(ALICE), false, `${seconds} s`);
  }
  now += 3_600_000;
  attempts.failed(ALICE);
  assert.equal(attempts.isBlocked(ALICE), false, 'forgotten after an hour');
});

test('one network that tries many names is slowed, and so is one name from many networks', () => {
  const names = createAttempts({ now: () => 0 });
  fail(names, 50, (index) => ({ name: `user-${index}`, address: '192.0.2.1' }));
  assert.equal(names.isBlocked({ name: 'another', address: '192.0.2.1' }), true);
  assert.equal(names.isBlocked({ name: 'another', address: '192.0.2.2' }), false);
  const networks = createAttempts({ now: () => 0 });
  fail(networks, 100, (index) => ({ name: 'alice', address: `192.0.2.${index}` }));
  assert.equal(networks.isBlocked({ name: 'alice', address: '198.51.100.1' }), true);
  assert.equal(networks.isBlocked({ name: 'bob', address: '198.51.100.1' }), false);
});

test('the right password ends the count of its user and network alone', () => {
  const attempts = createAttempts({ now: () => 0 });
  const bob: Attempt = { ...ALICE, name: 'bob' };
  fail(attempts, 4, () => ALICE);
  fail(attempts, 4, () => bob);
  attempts.succeeded(ALICE);
  attempts.failed(ALICE);
  attempts.failed(bob);
  assert.deepEqual([attempts.isBlocked(ALICE), attempts.isBlocked(bob)], [false, true]);
});

test('what is remembered is bounded, the oldest going first', () => {
  const attempts = createAttempts({ now: () => 0, maxCounts: 30 });
  const bob: Attempt = { name: 'bob', address: '198.51.100.1' };
  fail(attempts, 10, () => ALICE);
  fail(attempts, 10, () => bob);
  assert.equal(attempts.isBlocked(ALICE), true);
  fail(attempts, 9, (index) => ({ name: `user-${index}`, address: `203.0.113.${index}` }));
  assert.deepEqual([attempts.isBlocked(ALICE), attempts.isBlocked(bob)], [false, true]);
});

test('an IPv6 subscriber has one network, however the address is written', () => {
  const network = '2001:db8:0:1';
  for (const address of ['2001:db8:0:1::7', '2001:0DB8:0:1:2:3:4:5', '2001:db8:0:1::%eth0']) {
    assert.equal(networkOf(address), network);
  }
  assert.equal(networkOf('::1'), '0:0:0:0');
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
  assert.notEqual(networkOf('::ffff:192.0.2.1'), networkOf('::ffff:192.0.2.2'));
});
