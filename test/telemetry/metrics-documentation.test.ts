import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { MetricDescription } from '../../src/telemetry/metrics.ts';

const DOCUMENT = new URL('../../docs/metrics.md', import.meta.url);

async function documented(): Promise<readonly MetricDescription[]> {
  const rows = (await readFile(DOCUMENT, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [, name = '', type = '', labels = '', meaning = ''] = row
      .split('|')
      .map((cell) => cell.trim());
    assert.notEqual(meaning, '', `no meaning: ${row}`);
    const quoted = (text: string): string[] =>
      [...text.matchAll(/`(\w+)`/g)].map(([, t = '']) => t);
    return { name: quoted(name).join(), type, labels: quoted(labels) };
  });
}

test('docs/metrics.md names every metric with its type and labels, and no other', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  assert.deepEqual(await documented(), metrics.catalogue());
});

test('metric names end in their unit, and in _total where they count', (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  for (const { name, type } of metrics.catalogue()) {
    assert.match(name, /^(certbound|process|nodejs)_[a-z0-9_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(ms|sec|secs|kb|mb|percent|milliseconds|count|sum|bucket)$/);
    if (type === 'histogram') assert.match(name, /_seconds$/);
  }
});
