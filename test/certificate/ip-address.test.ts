import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatIpOctets, ipOctetsOf } from '../../src/certificate/name/ip-address.ts';

const hex = (text: string): string | undefined => {
  const octets = ipOctetsOf(text);
  return octets && Buffer.from(octets).toString('hex');
};

test('reads an address in any textual form as the same octets', () => {
  const address = '20010db8000000000000000000000001';
  for (const text of [
    '2001:db8::1',
    '2001:DB8::1',
    '2001:db8:0:0:0:0:0:1',
    '2001:0DB8:0000:0000:0000:0000:0000:0001',
    '2001:db8::0:1',
    '2001:db8::0.0.0.1',
  ]) {
    assert.equal(hex(text), address, text);
  }
  assert.equal(hex('192.0.2.1'), 'c0000201');
  assert.equal(hex('255.255.255.255'), 'ffffffff');
  assert.equal(hex('::'), '0'.repeat(32));
  assert.equal(hex('::1'), `${'0'.repeat(31)}1`);
  assert.equal(hex('1::'), `0001${'0'.repeat(28)}`);
  assert.equal(hex('1:2:3:4:5:6:7:8'), '00010002000300040005000600070008');
  assert.equal(hex('1:2:3:4:5:6:7::'), '00010002000300040005000600070000');
  assert.equal(hex('::ffff:192.0.2.1'), `${'0'.repeat(20)}ffffc0000201`);
  assert.equal(hex('1:2:3:4:5:6:192.0.2.1'), '000100020003000400050006c0000201');
});

test('takes nothing for an address that another reader would take otherwise', () => {
  for (const text of [
    '',
    '010.0.0.1',
    '0x7f.0.0.1',
    '127.1',
    '2130706433',
    '1.2.3.4.5',
    '256.0.0.1',
    ' 127.0.0.1',
    '127.0.0.1 ',
    '127.0.0.1\0',
    '[::1]',
    '::1%lo',
    '::1/128',
    '1::2::3',
    '12345::',
    ':::',
    'localhost',
  ]) {
    assert.equal(ipOctetsOf(text), undefined, JSON.stringify(text));
  }
});

test('writes an address in its one canonical form', () => {
  // RFC 5952 sections 4.1 to 4.3
  for (const [text, canonical] of [
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8:AAAA::', '2001:db8:aaaa::'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['192.0.2.1', '192.0.2.1'],
  ] as const) {
    const octets = ipOctetsOf(text) ?? new Uint8Array();
    assert.equal(formatIpOctets(octets), canonical);
    assert.deepEqual(ipOctetsOf(canonical), octets);
  }
  assert.equal(formatIpOctets(Uint8Array.of(1, 2, 255)), '#0102ff');
});
