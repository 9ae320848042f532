import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressSet } from '../../src/http/address-set.ts';

const set = createAddressSet([
  { address: '10.0.0.0', prefix: 8 },
  { address: '192.0.2.7', prefix: 32 },
  { address: '2001:db8::', prefix: 32 },
  { address: 'fe80::', prefix: 10 },
]);

test('an address is found in a range of its family', () => {
  const inside = ['10.0.0.0', '10.255.255.255', '192.0.2.7', '2001:db8::1', '2001:DB8:FFFF::'];
  for (const address of inside) assert.equal(set.has(address), true, address);
  const outside = ['9.255.255.255', '11.0.0.0', '192.0.2.6', '192.0.2.8', '2001:db9::', '::1'];
  for (const address of outside) assert.equal(set.has(address), false, address);
});

test('an IPv4 address mapped into IPv6 is IPv4', () => {
  assert.equal(set.has('::ffff:10.1.2.3'), true);
  assert.equal(set.has('::FFFF:10.1.2.3'), true);
  assert.equal(set.has('::ffff:11.1.2.3'), false);
});

test('IPv4 addresses lie in no range of IPv6, however wide', () => {
  const wide = createAddressSet([{ address: '::', prefix: 1 }]);
  assert.equal(wide.has('::1'), true);
  assert.equal(wide.has('10.1.2.3'), false);
  assert.equal(wide.has('::ffff:10.1.2.3'), false);
});

test('the zone of a link-local address does not count', () => {
  assert.equal(set.has('fe80::1%eth0'), true);
  assert.equal(set.has('fe80::1'), true);
});

test('what is no address lies in no range', () => {
  for (const text of ['', 'unknown', '10.0.0', '10.0.0.1 ', '10.0.0.1, 10.0.0.2', '10.0.0.1:80']) {
    assert.equal(set.has(text), false, text);
  }
  assert.equal(createAddressSet([]).has('10.0.0.1'), false);
});
