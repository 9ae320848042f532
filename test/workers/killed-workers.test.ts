import assert from 'node:assert/strict';
import { test } from 'node:test';

import { killUnderLoad } from './killed-workers.ts';
import { servingWorkers } from './workers-gateway.ts';
import type { LogLine } from './workers-gateway.ts';

test('F17: of five workers killed under load only what they had in their hands is lost, by a reset', async (t) => {
  const { answered, lost, replacedAfterMs } = await killUnderLoad(t, {
    kills: 5,
    pauseMs: 1_000,
    requests: 0,
  });
  t.diagnostic(
    `${answered} answered, ${lost} lost, replaced after ${replacedAfterMs.join(', ')} ms`,
  );
});

test('F17: a connection that a killed worker had not taken yet is served by another', async (t) => {
  const gateway = await servingWorkers(t);
  const [victim = 0] = await gateway.workerPids();
  process.kill(victim, 'SIGSTOP');
  const asked = Array.from({ length: 4 }, () => gateway.token());
  // All but the one that is on its way to the worker that stands still.
  const isRequest = ({ msg }: LogLine): boolean => msg === 'request';
  await gateway.logged(() => gateway.log().filter(isRequest).length === 3);
  process.kill(victim, 'SIGKILL');
  for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
});
