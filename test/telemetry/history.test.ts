import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createHistory } from '../../src/telemetry/history.ts';
import { completedHandshake, failedHandshake, requestRecord } from './records.ts';

const STEP_MS = 30_000;

test('an hour is kept in steps, and what is older is forgotten', () => {
  let now = 1_000 * STEP_MS;
  const history = createHistory(() => now);
  history.request(requestRecord(), now);
  history.handshake(completedHandshake());
  now += 119 * STEP_MS;
  history.request(requestRecord({ decision: 'refused', reason: 'client_unknown' }), now);
  history.handshake(failedHandshake());
  const { steps, reasons } = history.snapshot();
  assert.equal(steps.length, 120);
  assert.deepEqual(steps[0], {
    startedAt: 1_000 * STEP_MS,
    handshakes: { ok: 1, failed: 0 },
    requests: { allowed: 1, refused: 0, failed: 0 },
  });
  assert.deepEqual(steps[119]?.requests, { allowed: 0, refused: 1, failed: 0 });
  assert.deepEqual(reasons, [
    ['client_unknown', 1],
    ['handshake_reset', 1],
  ]);

  now += STEP_MS;
  assert.deepEqual(history.snapshot().steps[0]?.requests, { allowed: 0, refused: 0, failed: 0 });
  now += 1_000 * STEP_MS;
  assert.deepEqual(history.snapshot().reasons, []);
});

test('reasons are summed over the hour, the most frequent first', () => {
  let now = 0;
  const history = createHistory(() => now);
  for (const reason of ['overloaded', 'client_unknown', 'overloaded'] as const) {
    history.refused(reason);
    now += STEP_MS;
  }
  assert.deepEqual(history.snapshot().reasons, [
    ['overloaded', 2],
    ['client_unknown', 1],
  ]);
});

test('a clock that steps back takes counts of the future away, not those of now', () => {
  let now = 1_000 * STEP_MS;
  const history = createHistory(() => now);
  history.refused('overloaded');
  now -= 10 * STEP_MS;
  history.refused('client_unknown');
  assert.deepEqual(history.snapshot().reasons, [['client_unknown', 1]]);
});

test('the last success and the last failure of upstream and store are known', () => {
  let now = 5;
  const history = createHistory(() => now);
  history.upstream(true);
  now = 7;
  history.upstream(false);
  history.store(true);
  const { upstream, store } = history.snapshot();
  assert.deepEqual(upstream, { succeededAt: 5, failedAt: 7 });
  assert.deepEqual(store, { succeededAt: 7, failedAt: undefined });
});
