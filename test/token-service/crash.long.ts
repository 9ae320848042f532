import { test } from 'node:test';

import { createInstallation } from '../support/gateway-process.ts';
import { crashRounds } from './crash.ts';

test('F10: killed a thousand times while it issues tokens, the program loses none that it answered', async (t) => {
  const onEnd = (clean: () => Promise<void>): void => t.after(clean);
  const installation = await createInstallation(onEnd, 'path: data/store.sqlite');
  const result = await crashRounds(installation, 1_000);
  t.diagnostic(JSON.stringify(result));
});
