import assert from 'node:assert/strict';
import { test } from 'node:test';

import { milliseconds, millisecondsText } from '../../src/telemetry/log-duration.ts';

test('a duration is written as JSON writes the number', () => {
  const microseconds = Array.from({ length: 5_000 }, (_, step) => step * step);
  const edges = [0, -0, 4e-7, 5e-7, 0.0499999, 59.9999996, 999_999.999999, 1e6, 12_345_678.9];
  const odd = [1e300, -0.5, -1e-9, Number.NaN, Infinity, -Infinity];
  const seconds = [...microseconds.map((count) => count / 1e6), ...edges, ...odd];
  for (const each of seconds) {
    assert.equal(millisecondsText(each), JSON.stringify(milliseconds(each)), String(each));
  }
});
