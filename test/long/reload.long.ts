import { test } from 'node:test';

import { LOAD_SETTINGS } from '../support/load-settings.ts';
import { loadRequests } from '../support/load-size.ts';
import { reloadUnderLoad } from '../support/many-reloads.ts';

for (const setting of Object.keys(LOAD_SETTINGS)) {
  test(`F12: two hundred reloads and a hundred with half-written files lose no request of a mixed load and leave nothing behind (${setting})`, (t) =>
    reloadUnderLoad(t, { setting, reloads: 300, requests: loadRequests() }));
}
