import { test } from 'node:test';

import { reloadUnderLoad } from '../support/many-reloads.ts';

test('F12: two hundred reloads under load lose no request and leave nothing behind', (t) =>
  reloadUnderLoad(t, 200));
