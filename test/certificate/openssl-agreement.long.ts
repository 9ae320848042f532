import { test } from 'node:test';

import { compareWithOpenssl } from './openssl-comparison.ts';

test('decides as openssl verify does about every pair of broken rules', async (t) => {
  await compareWithOpenssl(t, 1);
});
