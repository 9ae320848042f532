import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  comparableName,
  comparableRdn,
} from '../../src/certificate/name/distinguished-name-key.ts';
import {
  parseDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../../src/certificate/name/distinguished-name.ts';

const ATTRIBUTE = { type: '2.5.4.3', encoding: 'utf8String' } as const;

const names: readonly DistinguishedName[] = [
  ...[
    'CN=a',
    'CN=A',
    'CN=\\ a\\ ',
    'CN=a+UID=7',
    'UID=7+CN=a',
    'CN=a,UID=7',
    'UID=7,CN=a',
    'CN=a,CN=b',
    'CN=b,CN=a',
    'CN=a b',
    'CN=a  b',
    'OU=a',
    'CN=a\\,O\\=b',
    'CN=a,O=b',
    'CN=a\\"\\,\\"2.5.4.3 text b',
    'CN=Zoë',
    'CN=ZOË',
  ].map((text) => parseDistinguishedName(text)),
  [],
  [
    [
      { ...ATTRIBUTE, value: 'a' },
      { ...ATTRIBUTE, value: 'b' },
    ],
  ],
  [[{ ...ATTRIBUTE, value: 'a' }], [{ ...ATTRIBUTE, value: 'b' }]],
  [[{ type: '2.5.4.3', value: 'a', encoding: 'printableString' }]],
  [[{ ...ATTRIBUTE, value: 'a\0' }]],
];

test('two names have one key exactly when they are the same name', () => {
  for (const a of names) {
    for (const b of names) {
      assert.equal(
        comparableName(a) === comparableName(b),
        sameDistinguishedName(a, b),
        JSON.stringify([a, b]),
      );
    }
  }
});

test('the attributes of an RDN have no order in its key', () => {
  const rdn = parseDistinguishedName('CN=a+UID=7')[0] ?? [];
  assert.equal(comparableRdn(rdn), comparableRdn(rdn.toReversed()));
});
