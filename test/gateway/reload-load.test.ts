import { test } from 'node:test';

import { LOAD_SETTINGS } from '../support/load-settings.ts';
import { reloadUnderLoad } from '../support/many-reloads.ts';

for (const setting of Object.keys(LOAD_SETTINGS)) {
  test(`F12: twenty-one reloads under a mixed load lose no request and leave nothing behind (${setting})`, (t) =>
    reloadUnderLoad(t, { setting, reloads: 21, requests: 420 }));
}
