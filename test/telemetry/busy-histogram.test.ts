import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, Registry } from 'prom-client';

import { createBusyHistogram } from '../../src/telemetry/busy-histogram.ts';

const BUCKETS = [0.0005, 0.25, 1, 30];
const VALUES = [0, 0.0005, 0.00051, 0.25, 0.9, 1, 1.1, 30, 31, 1e9];

const FACTS = { name: 'certbound_test_seconds', help: 'Time.', buckets: BUCKETS };

test('it shows what the histogram of the library shows', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const busy = createBusyHistogram({ ...FACTS, label: 'route', registers: [ours] });
  const plain = new Histogram({ ...FACTS, labelNames: ['route'], registers: [theirs] });
  for (const [at, value] of VALUES.entries()) {
    const route = at % 3 === 0 ? 'token' : 'forward';
    busy.tell(value, route);
    plain.observe({ route }, value);
  }
  assert.equal(await ours.metrics(), await theirs.metrics());
});

test('without a label it shows zeros before it is told anything', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  createBusyHistogram({ ...FACTS, registers: [ours] });
  new Histogram({ ...FACTS, registers: [theirs] });
  assert.equal(await ours.metrics(), await theirs.metrics());
});

test('what it gives can be told to another process', async () => {
  const registry = new Registry();
  createBusyHistogram({ ...FACTS, registers: [registry] }).tell(0.1);
  const told = structuredClone(await registry.getMetricsAsJSON());
  const sum = Registry.aggregate([told, told]);
  assert.match(await sum.metrics(), /certbound_test_seconds_count 2/);
});
