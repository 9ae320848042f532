import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createMetrics } from '../../src/telemetry/metrics.ts';

function open(t: TestContext) {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  const samples = async (name: string): Promise<readonly string[]> =>
    (await metrics.render(undefined)).body
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`));
  return {
    metrics,
    updates: () => samples('certbound_crl_next_update_timestamp_seconds'),
    samples,
  };
}

const sample = (source: string, seconds: number): string =>
  `certbound_crl_next_update_timestamp_seconds{source="${source}"} ${seconds}`;

test('lists are told by their place, those of certificates beside those of the configuration', async (t) => {
  const { metrics, updates } = open(t);
  metrics.setCrlNextUpdates('configuration', new Map([['/etc/a.crl', 10]]));
  metrics.setCrlNextUpdates('certificates', new Map([['http://crl.example/a', 20]]));
  assert.deepEqual(await updates(), [sample('/etc/a.crl', 10), sample('http://crl.example/a', 20)]);
});

test('a place that is no longer asked is no longer told of', async (t) => {
  const { metrics, updates } = open(t);
  metrics.setCrlNextUpdates('configuration', new Map([['a', 10]]));
  metrics.setCrlNextUpdates('certificates', new Map([['b', 20]]));
  metrics.setCrlNextUpdates('certificates', new Map());
  assert.deepEqual(await updates(), [sample('a', 10)]);
});

test('places beyond the bound become other, with the earliest of their times', async (t) => {
  const { metrics, updates } = open(t);
  const places = Array.from({ length: 300 }, (_, index) => [`a${index}`, index] as const);
  metrics.setCrlNextUpdates('certificates', new Map([...places, ['x'.repeat(300), 1]]));
  const told = await updates();
  assert.equal(told.length, 257);
  assert.equal(told.at(-1), sample('other', 1));
});

test('what came of questions is told by a closed list of results', async (t) => {
  const { metrics, samples } = open(t);
  metrics.countOcspQuestion('good');
  metrics.countOcspQuestion('certificate_malformed');
  const told = await samples('certbound_ocsp_questions_total');
  assert.ok(told.includes('certbound_ocsp_questions_total{result="good"} 1'));
  assert.ok(told.includes('certbound_ocsp_questions_total{result="other"} 1'));
  assert.ok(told.includes('certbound_ocsp_questions_total{result="ocsp_stale"} 0'));
});
