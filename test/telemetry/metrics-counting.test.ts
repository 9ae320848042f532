import assert from 'node:assert/strict';
import { test } from 'node:test';

import { REASONS } from '../../src/errors.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { completedHandshake, failedHandshake, requestRecord, sample } from './records.ts';

test('a completed handshake is counted by protocol, its certificate apart', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.handshake(completedHandshake());
  metrics.handshake(
    completedHandshake({
      tlsProtocol: 'TLSv1.2',
      certificate: { outcome: 'untrusted', reason: 'certificate_expired' },
    }),
  );
  const { body } = await metrics.render(undefined);
  const handshakes = 'certbound_tls_handshakes_total{listener="public",result="ok",protocol=';
  assert.equal(sample(body, `${handshakes}"TLSv1.3"}`), 1);
  assert.equal(sample(body, `${handshakes}"TLSv1.2"}`), 1);
  const certificates =
    'certbound_client_certificates_total{listener="public",server_name="",outcome=';
  assert.equal(sample(body, `${certificates}"none",reason=""}`), 1);
  assert.equal(sample(body, `${certificates}"untrusted",reason="certificate_expired"}`), 1);
  const seconds = 'certbound_tls_handshake_duration_seconds_count{listener="public"}';
  assert.equal(sample(body, seconds), 2);
});

test('a tunnel is counted as a request and leaves the durations alone', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.request(requestRecord({ route: 'forward', status: 101, durationSeconds: 3_600 }));
  const { body } = await metrics.render(undefined);
  const labels = 'route="forward",method="POST",status="101",protocol="http/1.1"';
  assert.equal(sample(body, `certbound_http_requests_total{${labels}}`), 1);
  assert.ok(!body.includes('certbound_http_request_duration_seconds_count{'));
});

test('a failed handshake is counted with its reason and leaves the durations alone', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.handshake(failedHandshake({ reason: 'handshake_timeout', durationSeconds: 10 }));
  const { body } = await metrics.render(undefined);
  const failed = 'certbound_tls_handshakes_total{listener="public",result="failed",protocol=""}';
  assert.equal(sample(body, failed), 1);
  const reason =
    'certbound_tls_handshake_failures_total{listener="public",reason="handshake_timeout"}';
  assert.equal(sample(body, reason), 1);
  assert.ok(!body.includes('certbound_tls_handshake_duration_seconds_count'));
});

test('a request is counted by route, method, status and protocol, a refused one by its reason', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.request(requestRecord({ outcome: 'issued_bound' }));
  metrics.request(
    requestRecord({
      protocol: 'h2',
      status: 401,
      decision: 'refused',
      reason: 'certificate_not_registered',
    }),
  );
  const { body } = await metrics.render(undefined);
  const requests = 'certbound_http_requests_total{route="token",method="POST",status=';
  assert.equal(sample(body, `${requests}"200",protocol="http/1.1"}`), 1);
  assert.equal(sample(body, `${requests}"401",protocol="h2"}`), 1);
  const seconds = 'certbound_http_request_duration_seconds_count{route="token"}';
  assert.equal(sample(body, seconds), 2);
  const refused = 'certbound_refusals_total{reason="certificate_not_registered"}';
  assert.equal(sample(body, refused), 1);
  assert.equal(
    sample(body, 'certbound_token_requests_total{grant_type="other",outcome="issued_bound"}'),
    1,
  );
  assert.equal(
    sample(body, 'certbound_token_requests_total{grant_type="other",outcome="refused"}'),
    1,
  );
});

test('an outcome that was noted before the request failed is not counted as reached', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.request(
    requestRecord({
      route: 'introspection',
      decision: 'failed',
      reason: 'binding_conflict',
      outcome: 'active_bound',
    }),
  );
  const { body } = await metrics.render(undefined);
  const outcomes = 'certbound_introspection_requests_total{outcome=';
  assert.equal(sample(body, `${outcomes}"failed"}`), 1);
  assert.equal(sample(body, `${outcomes}"active_bound"}`), 0);
});

test('a token answered as inactive for want of a binding is counted by its reason', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.request(
    requestRecord({ route: 'introspection', outcome: 'inactive', reason: 'binding_unknown' }),
  );
  const { body } = await metrics.render(undefined);
  assert.equal(sample(body, 'certbound_refusals_total{reason="binding_unknown"}'), 1);
});

test('every reason has its series before it first occurs', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  const { body } = await metrics.render(undefined);
  for (const reason of REASONS) {
    assert.equal(sample(body, `certbound_refusals_total{reason="${reason}"}`), 0);
  }
});

test('open connections are asked for at each scrape', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  let open = 3;
  metrics.watchConnections('public', () => open);
  const series = 'certbound_connections{listener="public"}';
  const end = metrics.watchConnections('public', () => 10);
  assert.equal(sample((await metrics.render(undefined)).body, series), 13);
  assert.equal(metrics.connections('public'), 13);
  end();
  assert.equal(sample((await metrics.render(undefined)).body, series), 3);
  open = 1;
  assert.equal(sample((await metrics.render(undefined)).body, series), 1);
});

test('the upstream, the expiry of a certificate and the build are shown', async (t) => {
  const metrics = createMetrics({ version: '1.2.3' });
  t.after(() => metrics.close());
  metrics.observeUpstream('answered', 0.01);
  metrics.observeUpstream('failed', Number.NaN);
  metrics.setCertificateExpiries('server', new Map([['public', 1_900_000_000]]));
  metrics.setCertificateExpiries('upstream_ca', new Map([['', 1_800_000_000]]));
  const { body } = await metrics.render(undefined);
  assert.equal(sample(body, 'certbound_upstream_requests_total{result="answered"}'), 1);
  assert.equal(sample(body, 'certbound_upstream_request_duration_seconds_count'), 2);
  const expiry = 'certbound_certificate_not_after_timestamp_seconds';
  assert.equal(sample(body, `${expiry}{role="server",listener="public"}`), 1_900_000_000);
  assert.equal(sample(body, `${expiry}{role="upstream_ca",listener=""}`), 1_800_000_000);
  assert.equal(sample(body, `certbound_build_info{version="1.2.3",node="${process.version}"}`), 1);
});

test('the expiries of certificates that are no longer held are forgotten', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.setCertificateExpiries('client_ca', new Map([['gone', 1]]));
  metrics.setCertificateExpiries('client_ca', new Map([['public', 2]]));
  const { body } = await metrics.render(undefined);
  assert.ok(!body.includes('listener="gone"'));
  assert.ok(body.includes('role="client_ca",listener="public"'));
});

test('a resumed handshake is counted apart, its certificate under the name it was for', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  const certificate = { outcome: 'trusted', notAfter: Date.now() + 8 * 86_400_000 } as const;
  const virtualHost = '*.bank.example';
  metrics.handshake(completedHandshake({ isResumed: true, virtualHost, certificate }));
  const { body } = await metrics.render(undefined);
  assert.equal(sample(body, 'certbound_tls_resumptions_total{listener="public"}'), 1);
  const labels = 'listener="public",server_name="*.bank.example",outcome="trusted",reason=""';
  assert.equal(sample(body, `certbound_client_certificates_total{${labels}}`), 1);
  const remaining = 'certbound_client_certificate_remaining_seconds_bucket{le=';
  assert.equal(sample(body, `${remaining}"604800",listener="public"}`), 0);
  assert.equal(sample(body, `${remaining}"1209600",listener="public"}`), 1);
});

test('a token request is counted by the grant that it asked for', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  const outcome = 'issued_bound';
  metrics.request(requestRecord({ outcome, grantType: 'urn:openid:params:grant-type:ciba' }));
  metrics.request(requestRecord({ outcome, grantType: '__proto__' }));
  const { body } = await metrics.render(undefined);
  const tokens = (grant: string) =>
    sample(body, `certbound_token_requests_total{grant_type="${grant}",outcome="issued_bound"}`);
  assert.deepEqual([tokens('ciba'), tokens('other')], [1, 1]);
});

test('the certificate header of a load balancer is counted by what became of it', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  metrics.watchConnections('public', () => 0);
  metrics.request(requestRecord({ certificateHeader: 'believed' }));
  metrics.request(
    requestRecord({
      certificateHeader: 'believed',
      certificate: { outcome: 'untrusted', reason: 'certificate_malformed' },
    }),
  );
  metrics.request(requestRecord({ certificateHeader: 'foreign_address' }));
  const { body } = await metrics.render(undefined);
  const counts = ['believed', 'unreadable', 'foreign_address', 'foreign_certificate'].map(
    (result) =>
      sample(body, `certbound_certificate_headers_total{listener="public",result="${result}"}`),
  );
  assert.deepEqual(counts, [1, 1, 1, 0]);
});

test('a reload that was refused stands until one is applied', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  const successful = async () =>
    sample((await metrics.render(undefined)).body, 'certbound_config_last_reload_successful');
  const config = { generation: 1, hash: 'abc' };
  metrics.reloaded('started', config);
  assert.equal(await successful(), 1);
  metrics.reloaded('refused', config);
  assert.equal(await successful(), 0);
  metrics.reloaded('reloaded', { ...config, generation: 2 });
  assert.equal(await successful(), 1);
  const { body } = await metrics.render(undefined);
  assert.equal(sample(body, 'certbound_config_reloads_total{outcome="refused"}'), 1);
  assert.equal(sample(body, 'certbound_config_info{generation="2",hash="abc"}'), 1);
});

test('two sets of metrics know nothing of each other', async (t) => {
  const one = createMetrics({ version: '0.0.0' });
  t.after(() => one.close());
  const other = createMetrics({ version: '0.0.0' });
  t.after(() => other.close());
  one.logLinesDropped(5);
  const { body } = await other.render(undefined);
  assert.equal(sample(body, 'certbound_log_lines_dropped_total'), 0);
});

test('process metrics tell of this process', async (t) => {
  const metrics = createMetrics({ version: '0.0.0' });
  t.after(() => metrics.close());
  await metrics.render(undefined);
  const { body } = await metrics.render(undefined);
  assert.ok((sample(body, 'process_cpu_seconds_total') ?? 0) > 0);
  assert.ok((sample(body, 'process_resident_memory_bytes') ?? 0) > 1e6);
  assert.ok((sample(body, 'process_start_time_seconds') ?? 0) <= Date.now() / 1_000);
  assert.ok((sample(body, 'nodejs_heap_size_used_bytes') ?? 0) > 1e6);
  assert.doesNotMatch(body, / (nan|[+-]?inf)/i);
});
