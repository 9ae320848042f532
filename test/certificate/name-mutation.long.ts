import { test } from 'node:test';

import { jwkWithChain } from '../clients/presented.ts';
import { selfSigned } from '../support/pki.ts';
import { fuzzAlternativeNames, fuzzKeySets, fuzzNames } from './name-fuzz.ts';

const SEEDS = Array.from({ length: 10 }, (_, index) => 1_000 + index);

for (const seed of SEEDS) {
  test(`a quarter of a million texts and names, from seed ${seed}`, () => {
    fuzzNames({ seed, rounds: 250_000 });
  });

  test(`half a million alternative names, from seed ${seed}`, () => {
    fuzzAlternativeNames({ seed, rounds: 500_000 });
  });

  test(`fifty thousand key sets, from seed ${seed}`, async () => {
    const { certificate } = await selfSigned();
    const keySet = JSON.stringify({ keys: [jwkWithChain(certificate)] });
    await fuzzKeySets(keySet, { seed, rounds: 50_000 });
  });
}
