import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createAddressSet } from '../../src/http/address-set.ts';
import type { HeaderList } from '../../src/http/exchange.ts';
import { readForwarding } from '../../src/http/forwarding.ts';

const trusted = createAddressSet([
  { address: '10.0.0.0', prefix: 8 },
  { address: 'fd00::', prefix: 8 },
]);

function read(headers: HeaderList, peer = '10.0.0.1') {
  return readForwarding(headers, { peerAddress: peer, socketAddress: '10.0.0.1' }, trusted);
}

function pathOf(...values: readonly string[]) {
  return read(values.map((value) => ['X-Forwarded-For', value])).path;
}

test('the client is the right-most address that is not of the balancers', () => {
  assert.deepEqual(pathOf('203.0.113.9'), ['203.0.113.9', '10.0.0.1']);
  assert.deepEqual(pathOf('203.0.113.9, 10.0.0.2, fd00::7'), [
    '203.0.113.9',
    '10.0.0.2',
    'fd00::7',
    '10.0.0.1',
  ]);
  assert.deepEqual(pathOf('203.0.113.9, 10.0.0.2', '10.0.0.3'), [
    '203.0.113.9',
    '10.0.0.2',
    '10.0.0.3',
    '10.0.0.1',
  ]);
});

test('what stands left of the client, who may have written it, is dropped', () => {
  assert.deepEqual(pathOf('127.0.0.1, 6.6.6.6,203.0.113.9'), ['203.0.113.9', '10.0.0.1']);
  assert.deepEqual(pathOf('10.6.6.6, 203.0.113.9'), ['203.0.113.9', '10.0.0.1']);
  assert.deepEqual(pathOf('evil\\', '203.0.113.9'), ['203.0.113.9', '10.0.0.1']);
});

test('where all are balancers the left-most is the client', () => {
  assert.deepEqual(pathOf('10.0.0.3, 10.0.0.2'), ['10.0.0.3', '10.0.0.2', '10.0.0.1']);
  assert.deepEqual(pathOf(), ['10.0.0.1']);
});

test('what is no address ends the way', () => {
  for (const broken of [
    '',
    'unknown',
    '_hidden',
    '1.2.3',
    '1.2.3.4.5',
    'fe80::1%eth0',
    '[::1',
    '1.2.3.4:',
  ]) {
    assert.deepEqual(pathOf(`203.0.113.9, ${broken}`), ['10.0.0.1'], broken);
  }
});

test('addresses are read with a port or in brackets, and told without', () => {
  assert.deepEqual(pathOf('203.0.113.9:4711'), ['203.0.113.9', '10.0.0.1']);
  assert.deepEqual(pathOf('[2001:DB8::1]:4711'), ['2001:db8::1', '10.0.0.1']);
  assert.deepEqual(pathOf('2001:db8::1'), ['2001:db8::1', '10.0.0.1']);
});

test('a way of more hops than any real one is cut', () => {
  const far = ['203.0.113.9', ...Array.from({ length: 5_000 }, () => '10.0.0.2')].join(',');
  assert.ok(pathOf(far).length <= 32);
});

test('a client that a PROXY header names is not looked for any further', () => {
  const headers: HeaderList = [['X-Forwarded-For', '6.6.6.6']];
  assert.deepEqual(read(headers, '203.0.113.9').path, ['203.0.113.9']);
});

test('a balancer at any address vouches for the one before it, and not for what that one says', () => {
  const nobody = createAddressSet([]);
  const connection = { peerAddress: '198.51.100.7', socketAddress: '198.51.100.7' };
  const headers: HeaderList = [['X-Forwarded-For', '6.6.6.6, 203.0.113.9']];
  const { path } = readForwarding(headers, connection, nobody);
  assert.deepEqual(path, ['203.0.113.9', '198.51.100.7']);
});

test('scheme and host are taken where they are strictly valid, else not at all', () => {
  const { proto, host } = read([
    ['X-Forwarded-Proto', 'HTTPS'],
    ['X-Forwarded-Host', 'Login.Example:8443'],
  ]);
  assert.deepEqual([proto, host], ['https', 'login.example:8443']);
  const broken: HeaderList[] = [
    [
      ['X-Forwarded-Proto', 'https, http'],
      ['X-Forwarded-Host', 'a.example, b.example'],
    ],
    [
      ['X-Forwarded-Proto', 'ftp'],
      ['X-Forwarded-Host', 'a.example/path'],
    ],
    [
      ['X-Forwarded-Proto', ''],
      ['X-Forwarded-Host', 'a.example:99999'],
    ],
    [
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'user@a.example'],
    ],
  ];
  for (const headers of broken) {
    assert.deepEqual(read(headers), { path: ['10.0.0.1'] }, JSON.stringify(headers));
  }
});
