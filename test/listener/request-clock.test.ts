import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RequestClock } from '../../src/listener/request-clock.ts';
import { DEFAULT_LIMITS } from './default-limits.ts';

const LIMITS = { ...DEFAULT_LIMITS, idle_timeout: 10_000 };
/** With what a request may take on its way when the time is over. */
const IDLE_MS = 11_000;

test('the wait for another request counts from when it is first seen, anew after each request', () => {
  const clock = new RequestClock(LIMITS);
  // A whole number: sums of fractions are rounded, and the limit is looked at to the millisecond.
  const now = 1_000_000;
  assert.ok(!clock.isIdleLate(now + 10 * IDLE_MS), 'before any request');
  clock.start(now);
  clock.stop();
  assert.ok(!clock.isIdleLate(now));
  assert.ok(!clock.isIdleLate(now + IDLE_MS));
  clock.start(now + IDLE_MS);
  assert.ok(!clock.isIdleLate(now + 10 * IDLE_MS), 'within a request');
  clock.stop();
  // A client that was seen waiting before, and has sent a request since.
  assert.ok(!clock.isIdleLate(now + 2 * IDLE_MS));
  assert.ok(!clock.isIdleLate(now + 3 * IDLE_MS));
  assert.ok(clock.isIdleLate(now + 3 * IDLE_MS + 1));
});
