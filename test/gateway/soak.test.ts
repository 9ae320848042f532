import { test } from 'node:test';

import { LOAD_SETTINGS } from '../support/load-settings.ts';
import { soak } from '../support/soak.ts';

for (const setting of Object.keys(LOAD_SETTINGS)) {
  test(`F20: a gateway that is looked at again and again under a mixed load opens no more files (${setting})`, async (t) => {
    // What memory does in so short a time says nothing.
    await soak(t, { setting, samples: 4, untilNext: (load) => load.more(50) });
  });
}
