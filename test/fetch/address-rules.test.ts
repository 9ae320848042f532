import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressProblem } from '../../src/fetch/address-rules.ts';

const verdicts = (address: string): readonly [boolean, boolean] => [
  addressProblem(address, { allowPrivateAddresses: false }) === undefined,
  addressProblem(address, { allowPrivateAddresses: true }) === undefined,
];

test('public addresses are allowed', () => {
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '169.253.255.255',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
  ]) {
    assert.deepEqual(verdicts(address), [true, true], address);
  }
});

test('private and loopback addresses are allowed on request only', () => {
  for (const address of [
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fc00::1',
    'fdff:ffff::1',
    '::ffff:127.0.0.1',
    '::FFFF:10.1.2.3',
    '::ffff:c0a8:101',
    '0000:0000:0000:0000:0000:ffff:7f00:0001',
  ]) {
    assert.deepEqual(verdicts(address), [false, true], address);
  }
});

test('link-local, reserved and translated addresses are never allowed', () => {
  for (const address of [
    '0.0.0.0',
    '0.1.2.3',
    '169.254.0.1',
    '169.254.169.254',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '100.100.100.200',
    '::',
    '::127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    '',
    'localhost',
    '127.1',
    '1.2.3.4.5',
    '[::1]',
  ]) {
    assert.deepEqual(verdicts(address), [false, false], address);
  }
});
