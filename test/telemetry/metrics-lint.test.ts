import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createMetrics } from '../../src/telemetry/metrics.ts';
import { promtool, withoutPrometheus } from '../support/promtool.ts';
import { completedHandshake, failedHandshake, requestRecord } from './records.ts';

test(
  'promtool finds nothing to say of names, help, types and units',
  { skip: withoutPrometheus },
  async (t) => {
    const metrics = createMetrics({ version: '1.2.3' });
    t.after(() => metrics.close());
    metrics.watchConnections('public', () => 1);
    metrics.handshake(
      completedHandshake({ certificate: { outcome: 'trusted', notAfter: Date.now() } }),
    );
    metrics.handshake(failedHandshake());
    metrics.request(requestRecord());
    metrics.observeUpstream('answered', 0.1);
    metrics.observeStore('get', 'ok', 0.1);
    metrics.setCertificateExpiries('server', new Map([['public', 1]]));
    metrics.reloaded('started', { generation: 1, hash: '' });
    metrics.setCrlNextUpdates('configuration', new Map([['ca.crl', 1]]));
    const { body } = await metrics.render(undefined);
    const families = new Set([...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    assert.equal(families.size, metrics.catalogue().length);
    assert.deepEqual(promtool(['check', 'metrics'], { input: body }), { code: 0, said: '' });
  },
);
