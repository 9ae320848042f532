import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressRange } from '../../src/config/schema/address-range.ts';

test('a range is read as its first address and its prefix, an address as a range of one', () => {
  const cases = [
    ['10.1.0.0/16', '10.1.0.0', 16],
    ['128.0.0.0/1', '128.0.0.0', 1],
    ['192.0.2.7', '192.0.2.7', 32],
    ['192.0.2.7/32', '192.0.2.7', 32],
    ['192.0.2.6/31', '192.0.2.6', 31],
    ['2001:DB8::/32', '2001:db8::', 32],
    ['2001:db8:0:0::1', '2001:db8::1', 128],
    ['fe80::/10', 'fe80::', 10],
  ] as const;
  for (const [text, address, prefix] of cases) {
    assert.deepEqual(addressRange.parse(text), { address, prefix });
  }
});

for (const [text, expected] of [
  ['', 'expected an address or a range such as 10.1.0.0/16'],
  ['balancer.example', 'expected an address or a range such as 10.1.0.0/16'],
  ['10.1.0.0/', 'expected an address or a range such as 10.1.0.0/16'],
  ['10.1.0.0/016', 'expected an address or a range such as 10.1.0.0/16'],
  ['10.1/16', 'expected an address or a range such as 10.1.0.0/16'],
  ['010.1.0.0/16', 'expected an address or a range such as 10.1.0.0/16'],
  ['10.1.0.0/255.255.0.0', 'expected an address or a range such as 10.1.0.0/16'],
  ['10.1.0.0-10.2.0.0', 'expected an address or a range such as 10.1.0.0/16'],
  ['fe80::1%eth0', 'expected an address or a range such as 10.1.0.0/16'],
  [' 10.1.0.0/16', 'expected an address or a range such as 10.1.0.0/16'],
  ['10.1.0.0/33', 'the prefix must be at most 32'],
  ['2001:db8::/129', 'the prefix must be at most 128'],
  ['0.0.0.0/0', 'is every address: name the ones that are meant'],
  ['::/0', 'is every address: name the ones that are meant'],
  ['::ffff:10.1.0.0/112', 'expected IPv4 as such'],
  ['10.1.2.3/16', 'has bits beyond its prefix: expected 10.1.0.0/16 or an address alone'],
  ['2001:db8::1/64', 'has bits beyond its prefix: expected 2001:db8::/64 or an address alone'],
] as const) {
  test(`the range "${text}" is refused`, () => {
    const { error } = addressRange.safeParse(text);
    assert.deepEqual(
      error?.issues.map(({ message }) => message),
      [expected],
    );
  });
}
