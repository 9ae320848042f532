import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { compareWithOpenssl } from './openssl-comparison.ts';

const skip = spawnSync('openssl', ['version']).error !== undefined && 'openssl is not installed';

test(
  'decides as openssl verify does about rules broken alone and in pairs',
  { skip },
  async (t) => {
    await compareWithOpenssl(t, 7);
  },
);
