import assert from 'node:assert/strict';
import { test } from 'node:test';

import { prefersOpenMetrics } from '../../src/telemetry/exposition.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { sample } from './records.ts';

/** What Prometheus 2.42 sends. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

test('OpenMetrics is chosen when the scraper names it and likes text no better', () => {
  assert.equal(prefersOpenMetrics(PROMETHEUS), true);
  assert.equal(prefersOpenMetrics('application/openmetrics-text'), true);
  assert.equal(prefersOpenMetrics('Application/OpenMetrics-Text; Version=0.0.1'), true);
  assert.equal(prefersOpenMetrics('text/plain;q=0.4, application/openmetrics-text;q=0.5'), true);
});

test('plain text is chosen in all other cases', () => {
  for (const accept of [
    '',
    '*/*',
    'text/plain',
    'text/html, application/xhtml+xml, */*;q=0.8',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;q=0.4, text/plain;q=0.5',
    'application/openmetrics-text;version=2.0.0',
    'application/openmetrics-text;q=many',
    ',;,;=,',
  ]) {
    assert.equal(prefersOpenMetrics(accept), false, accept);
  }
});

test('each format is whole, also when they are asked for in turn', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.logLinesDropped(2);
  for (let round = 0; round < 2; round += 1) {
    const open = await metrics.render(PROMETHEUS);
    assert.match(open.contentType, /^application\/openmetrics-text; version=1\.0\.0/);
    assert.match(open.body, /^# TYPE certbound_log_lines_dropped counter$/m);
    assert.doesNotMatch(open.body, /^# (TYPE|HELP) \S+_total /m);
    assert.doesNotMatch(open.body, /\n\n/);
    assert.ok(open.body.endsWith('\n# EOF\n'));
    const text = await metrics.render(undefined);
    assert.match(text.contentType, /^text\/plain; version=0\.0\.4/);
    assert.match(text.body, /^# TYPE certbound_log_lines_dropped_total counter$/m);
    assert.doesNotMatch(text.body, /# EOF/);
    for (const { body } of [open, text]) {
      assert.equal(sample(body, 'certbound_log_lines_dropped_total'), 2);
    }
  }
});
