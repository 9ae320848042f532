import { test } from 'node:test';

import { killUnderLoad } from './killed-workers.ts';

test('F17: a worker killed every five seconds during 100 000 requests loses what it had in its hands', async (t) => {
  const { answered, lost, replacedAfterMs } = await killUnderLoad(t, {
    kills: 60,
    pauseMs: 5_000,
    requests: 100_000,
  });
  t.diagnostic(
    `${answered} answered, ${lost} lost, replaced after ${replacedAfterMs.join(', ')} ms`,
  );
});
