import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import type { HandshakeEvent, RequestRecord } from '../../src/telemetry/events.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { KeptText, requestRecord, sample } from './records.ts';

const TELEMETRY = new URL('../../src/telemetry/telemetry.ts', import.meta.url).href;
const run = promisify(execFile);

test('a process that never closes it still ends by itself', async () => {
  const script = `
    import { createTelemetry } from '${TELEMETRY}';
    const telemetry = createTelemetry({ level: 'info', stream: process.stdout, version: '0' });
    telemetry.log('info', 'text');
  `;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  assert.match(stdout, /^\{"level":"info",.*"msg":"text"\}\n$/);
  assert.equal(stderr, '');
});

test('after close nothing is measured any more', async () => {
  const script = `
    import { PerformanceObserver } from 'node:perf_hooks';
    import { createTelemetry } from '${TELEMETRY}';
    const telemetry = createTelemetry({ level: 'info', stream: process.stdout, version: '0' });
    const collections = async () => {
      // An observer of our own, made last, hears of the collection after all others.
      const { promise: heard, resolve } = Promise.withResolvers();
      const observer = new PerformanceObserver(resolve);
      observer.observe({ entryTypes: ['gc'] });
      gc();
      await heard;
      observer.disconnect();
      const { body } = await telemetry.metrics.render();
      return [...body.matchAll(/^nodejs_gc_duration_seconds_count\\S* (\\d+)$/gm)]
        .reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const alive = setInterval(() => {}, 1_000);
    const before = await collections();
    await telemetry.close();
    const closed = await collections();
    const later = await collections();
    clearInterval(alive);
    console.error(before > 0, closed === later);
  `;
  const flags = ['--expose-gc', '--input-type=module', '--eval'];
  const { stderr } = await run(process.execPath, [...flags, script]);
  assert.equal(stderr, 'true true\n');
});

test('telling never throws, whatever it is told', async (t) => {
  const stream = new KeptText();
  const telemetry = createTelemetry({ level: 'debug', stream, version: '0.0.0' });
  t.after(() => telemetry.close());
  telemetry.events({ kind: 'handshake_failed' } as HandshakeEvent);
  telemetry.events({ kind: 'handshake_completed' } as HandshakeEvent);
  telemetry.request({} as RequestRecord);
  telemetry.request(requestRecord());
  await telemetry.close();
  assert.equal(stream.json().at(-1)?.['request_id'], 'r-1');
  const { body } = await telemetry.metrics.render(undefined);
  assert.ok((sample(body, 'certbound_log_lines_dropped_total') ?? 0) > 0);
});
