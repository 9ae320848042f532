import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import { isStrongEnough } from '../../src/token-service/security-profile.ts';

const FAPI = { profile: 'fapi_2_0' } as const;

test('FAPI 2.0 takes keys of 2048 bits and of the curves of TLS 1.3, and no weaker ones', () => {
  const strong = [
    generateKeyPairSync('rsa', { modulusLength: 2_048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ec', { namedCurve: 'P-521' }),
    generateKeyPairSync('ed25519'),
  ];
  const weak = [
    generateKeyPairSync('rsa', { modulusLength: 2_040 }),
    generateKeyPairSync('rsa-pss', { modulusLength: 1_024 }),
    generateKeyPairSync('ec', { namedCurve: 'prime192v1' }),
  ];
  for (const { publicKey } of strong) assert.equal(isStrongEnough(FAPI, publicKey), true);
  for (const { publicKey } of weak) {
    assert.equal(isStrongEnough(FAPI, publicKey), false);
    assert.equal(isStrongEnough({}, publicKey), true, 'without the profile');
  }
});
