import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Reason } from '../../src/errors.ts';
import type { RequestRecord, RouteName } from '../../src/telemetry/events.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { completedHandshake, failedHandshake, requestRecord } from './records.ts';

/** Everything a client can choose, with the same text in every place; types are no protection. */
function tell(metrics: Metrics, text: string, status: number): void {
  metrics.handshake(completedHandshake({ tlsProtocol: text, peerAddress: text }));
  metrics.handshake(
    completedHandshake({
      certificate: { outcome: 'untrusted', reason: text as Reason, thumbprint: text },
    }),
  );
  metrics.handshake(failedHandshake({ reason: text as Reason, detail: text }));
  metrics.connectionRefused({
    kind: 'connection_refused',
    listener: 'public',
    peerAddress: text,
    reason: text as Reason,
    detail: text,
  });
  for (const route of ['token', 'introspection', text as RouteName] as const) {
    metrics.request(
      requestRecord({
        requestId: text,
        protocol: text as RequestRecord['protocol'],
        method: text,
        path: `/${text}`,
        route,
        status,
        clientId: text,
        reason: text as Reason,
        detail: text,
        outcome: text,
        grantType: text,
        certificateHeader: 'foreign_address',
      }),
    );
  }
}

async function seriesCount(metrics: Metrics): Promise<number> {
  const { body } = await metrics.render(undefined);
  return body.split('\n').filter((line) => line.startsWith('certbound_')).length;
}

test('T72: ten thousand distinct strings of clients make no new series', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  tell(metrics, 'first', 200);
  const before = await seriesCount(metrics);
  for (let number = 0; number < 10_000; number += 1) tell(metrics, `x-${number}`, 200);
  tell(metrics, '__proto__', 200);
  tell(metrics, 'constructor', 200);
  assert.equal(await seriesCount(metrics), before);
});

test('status codes that nobody registered share a series for each class', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  for (let status = -1; status < 1_100; status += 1) metrics.request(requestRecord({ status }));
  const { body } = await metrics.render(undefined);
  const series = body.split('\n').filter((line) => line.startsWith('certbound_http_requests_'));
  assert.ok(series.length < 80, `${series.length} series`);
  assert.ok(body.includes('status="404"') && body.includes('status="4xx"'));
});

test('listener names beyond any configuration are folded into one', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  for (let number = 0; number < 1_000; number += 1) {
    metrics.handshake(completedHandshake({ listener: `l${number}` }));
    metrics.watchConnections(`l${number}`, () => 1);
  }
  metrics.handshake(completedHandshake({ listener: 'a "b"\n' }));
  const { body } = await metrics.render(undefined);
  const handshakes = body.split('\n').filter((line) => line.startsWith('certbound_tls_handshakes'));
  assert.equal(handshakes.length, 65);
  assert.ok(handshakes.some((line) => line.includes('listener="other"') && line.endsWith(' 937')));
});
