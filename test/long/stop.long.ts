import { test } from 'node:test';

import { stopUnderLoad } from '../support/stop-under-load.ts';

test('F16: thirty stops under load lose no request that reached the gateway before it said so', async (t) => {
  let answered = 0;
  for (let stop = 0; stop < 30; stop += 1) answered += await stopUnderLoad();
  t.diagnostic(`${answered} requests answered`);
});
