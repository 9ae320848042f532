import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createInstallation } from '../support/gateway-process.ts';
import { crashRounds } from './crash.ts';

test('F10: killed 25 times while it issues tokens, the program loses none that it answered', async (t) => {
  const onEnd = (clean: () => Promise<void>): void => t.after(clean);
  const result = await crashRounds(await createInstallation(onEnd, 'path: data/store.sqlite'), 25);
  assert.ok(result.accessTokens > 250 && result.redemptions > 50);
});
