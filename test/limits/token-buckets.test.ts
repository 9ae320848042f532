import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenBuckets } from '../../src/limits/token-buckets.ts';

/** Tokens taken at one moment until one is refused. */
function takeAll(buckets: ReturnType<typeof createTokenBuckets>, key: string, now: number): number {
  let count = 0;
  while (buckets.take(key, now) === 0) count += 1;
  return count;
}

test('a bucket holds its burst, fills at its rate, and says how long a token takes', () => {
  const buckets = createTokenBuckets({ burst: 5, perSecond: 2 });
  assert.equal(takeAll(buckets, 'a', 1_000), 5);
  assert.equal(buckets.take('a', 1_000), 500);
  assert.equal(buckets.take('a', 1_400), 100);
  assert.equal(takeAll(buckets, 'a', 1_500), 1);
  assert.equal(takeAll(buckets, 'a', 3_000), 3);
  assert.equal(takeAll(buckets, 'a', 60_000), 5);
});

test('the last token of a burst is given at any rate and at any time', () => {
  for (const perSecond of [0.7, 1 / 60, 1 / 3, 3, 7, 30]) {
    for (let index = 0; index < 100; index += 1) {
      const buckets = createTokenBuckets({ burst: 7, perSecond });
      assert.equal(takeAll(buckets, 'a', index * 123_456.789), 7, `${perSecond} a second`);
    }
  }
});

test('each key has a bucket of its own', () => {
  const buckets = createTokenBuckets({ burst: 1, perSecond: 1 });
  assert.equal(takeAll(buckets, 'a', 0), 1);
  assert.equal(takeAll(buckets, 'b', 0), 1);
});

test('a refusal takes nothing: who goes on asking gets what the rate allows', () => {
  const buckets = createTokenBuckets({ burst: 1, perSecond: 1 });
  let taken = 0;
  for (let now = 0; now < 10_000; now += 10) if (buckets.take('a', now) === 0) taken += 1;
  assert.equal(taken, 10);
});

test('of more keys than are kept the one that asked least recently is forgotten', () => {
  const buckets = createTokenBuckets({ burst: 1, perSecond: 0.001 }, 100);
  assert.equal(takeAll(buckets, 'attacker', 0), 1);
  // One that goes on asking is never forgotten, however many others come.
  for (let index = 0; index < 1_000; index += 1) {
    buckets.take(`other ${index}`, index);
    assert.ok(buckets.take('attacker', index) > 0);
    assert.ok(buckets.size() <= 100);
  }
  for (let index = 0; index < 100; index += 1) buckets.take(`another ${index}`, 1_000);
  assert.equal(buckets.take('attacker', 1_000), 0);
});
