import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Registry } from 'prom-client';

import { createBusyCounter } from '../../src/telemetry/busy-counter.ts';

const FACTS = { name: 'certbound_test_total', help: 'Things.' };

test('it shows what the counter of the library shows, in the order of first mention', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const labelNames = ['route', 'status'] as const;
  const busy = createBusyCounter({ ...FACTS, labelNames, registers: [ours] });
  const plain = new Counter({ ...FACTS, labelNames, registers: [theirs] });
  busy.of('token').of('401');
  plain.inc({ route: 'token', status: '401' }, 0);
  for (const [route, status] of [
    ['token', '200'],
    ['forward', '200'],
    ['token', '404'],
    ['forward', '200'],
    ['__proto__', '"\\\n'],
  ] as const) {
    busy.of(route).of(status).inc();
    plain.inc({ route, status });
  }
  assert.equal(await ours.metrics(), await theirs.metrics());
  busy.of('token').of('200').inc();
  plain.inc({ route: 'token', status: '200' });
  assert.equal(await ours.metrics(), await theirs.metrics());
});

test('a series without all of its labels is not shown', async () => {
  const registry = new Registry();
  const labelNames = ['route', 'status'] as const;
  const busy = createBusyCounter({ ...FACTS, labelNames, registers: [registry] });
  busy.of('token').inc();
  assert.doesNotMatch(await registry.metrics(), /^certbound_test_total/m);
});

test('what it gives can be told to another process', async () => {
  const registry = new Registry();
  createBusyCounter({ ...FACTS, labelNames: ['result'], registers: [registry] })
    .of('failed')
    .inc();
  const told = structuredClone(await registry.getMetricsAsJSON());
  const sum = Registry.aggregate([told, told]);
  assert.match(await sum.metrics(), /^certbound_test_total\{result="failed"\} 2$/m);
});
