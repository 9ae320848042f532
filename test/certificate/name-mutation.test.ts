import assert from 'node:assert/strict';
import { test } from 'node:test';

import { selfSigned } from '../support/pki.ts';
import { jwkWithChain } from '../clients/presented.ts';
import { fuzzAlternativeNames, fuzzKeySets, fuzzNames } from './name-fuzz.ts';

test('no text of a name is read as another name than the one it writes', () => {
  assert.ok(fuzzNames({ seed: 1, rounds: 5_000 }) > 20);
});

test('damaged alternative names are read or refused, nothing else', () => {
  assert.ok(fuzzAlternativeNames({ seed: 2, rounds: 5_000 }) > 20);
});

test('damaged key sets are read or refused, nothing else', async () => {
  const { certificate } = await selfSigned();
  const keySet = JSON.stringify({ keys: [{ ...jwkWithChain(certificate), kid: 'a', use: 'sig' }] });
  assert.ok((await fuzzKeySets(keySet, { seed: 3, rounds: 2_000 })) > 1);
});
