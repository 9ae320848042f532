import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../src/errors.ts';
import { createOverload } from '../../src/limits/overload.ts';

const CALM = { loopDelayMs: 0, memory: 0.1, resident: 0.1 };
const LATE = { ...CALM, loopDelayMs: 600 };
const SHORT = { ...CALM, memory: 0.9, resident: 0.9 };

function pressed() {
  const told: boolean[] = [];
  let pressure = CALM;
  const overload = createOverload(
    { maxRequests: 1_000, maxLoopDelayMs: 500, maxMemory: 0.85, maxConnections: 1_000 },
    { measure: () => pressure, onChange: (isShedding) => void told.push(isShedding) },
  );
  const sample = (next: typeof CALM, times = 1): void => {
    pressure = next;
    for (let count = 0; count < times; count += 1) overload.sample();
  };
  /** How many of 100 requests are refused. */
  const refused = (): number => {
    let count = 0;
    for (let index = 0; index < 100; index += 1) {
      try {
        overload.begin();
        overload.end();
      } catch (error) {
        assert.ok(error instanceof RequestError);
        assert.deepEqual([error.status, error.reason], [503, 'overloaded']);
        assert.deepEqual(error.headers, [['retry-after', '1']]);
        count += 1;
      }
    }
    return count;
  };
  return { overload, sample, refused, told };
}

test('F28: a late event loop sheds a share that grows, never all, and falls when it is over', () => {
  const { sample, refused, told } = pressed();
  assert.equal(refused(), 0);
  sample(LATE);
  assert.equal(refused(), 0, 'one late sample is a hiccup');
  sample(LATE);
  const first = refused();
  sample(LATE);
  const second = refused();
  assert.ok(first > 0 && second > first, `${first}, ${second}`);
  sample(LATE, 100);
  assert.equal(refused(), 90);
  // Between the two marks nothing changes.
  sample({ ...CALM, loopDelayMs: 400 }, 100);
  assert.equal(refused(), 90);
  sample(CALM);
  assert.ok(refused() < 90);
  assert.deepEqual(told, [true]);
  sample(CALM, 100);
  assert.equal(refused(), 0);
  assert.deepEqual(told, [true, false]);
});

test('F28: where memory is short no connection is taken but in the place of one that has gone', () => {
  const { overload, sample, refused, told } = pressed();
  for (let count = 0; count < 100; count += 1) assert.equal(overload.connect(), true);
  sample(SHORT);
  assert.ok(refused() > 0, 'at once');
  assert.equal(overload.connect(), false);
  overload.disconnect();
  let taken = 0;
  for (let count = 0; count < 100; count += 1) if (overload.connect()) taken += 1;
  assert.equal(taken, 1);
  sample({ ...SHORT, memory: 0.8, resident: 0.8 }, 10);
  assert.equal(overload.connect(), false, 'not calm yet');
  sample(CALM, 100);
  assert.equal(overload.connect(), true);
  assert.equal(refused(), 0);
  assert.deepEqual(told, [true, false]);
});

test('memory that stays short locks nobody out for ever', () => {
  const { overload, sample, refused } = pressed();
  sample(SHORT, 1_000);
  assert.equal(refused(), 90);
  let taken = 0;
  // Of those that fit one in ten is let in.
  for (let count = 0; count < 10_000; count += 1) if (overload.connect()) taken += 1;
  assert.equal(taken, 64);
});

test('what the heap keeps unused keeps connections out, and no requests', () => {
  const { overload, sample, refused } = pressed();
  sample({ ...SHORT, memory: 0.5 }, 100);
  assert.equal(refused(), 0);
  let taken = 0;
  while (overload.connect()) taken += 1;
  assert.equal(taken, 64);
  sample(CALM);
  while (overload.connect()) taken += 1;
  assert.equal(taken, 1_000, 'for which there is memory');
});

test('requests in hand are bounded, and one that is over makes room', () => {
  const { overload } = pressed();
  for (let count = 0; count < 1_000; count += 1) overload.begin();
  assert.throws(() => overload.begin(), { status: 503, reason: 'overloaded' });
  assert.deepEqual(overload.state(), { requests: 1_000, shedding: 0 });
  overload.end();
  overload.begin();
});
