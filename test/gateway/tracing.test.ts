import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

import { httpsRequest, postForm } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { Respond } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;
const FIELDS = /^00-([0-9a-f]{32})-([0-9a-f]{16})-0([01])$/;

async function started(t: TestContext, tracing: string, respond?: Respond) {
  const upstream = await startRecordingUpstream(respond);
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `
token_service: {upstream: {url: '${upstream.url}'}}
tracing: ${tracing}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: held}
`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  let asked = 0;
  return {
    gateway,
    /** The fields at the upstream and the line in the log. */
    get: async (...headers: readonly (readonly [string, string])[]) => {
      asked = gateway.log().length;
      const answer = await httpsRequest({ port, ca, path: '/page', headers });
      const line = await gateway.logged(({ msg }) => msg === 'request', asked);
      const { traceparent, tracestate } = upstream.requests.at(-1)?.headers ?? {};
      return { answer, line, traceparent: String(traceparent ?? ''), tracestate };
    },
  };
}

test('a trace of the client goes on at the upstream and in the log', async (t) => {
  const { get } = await started(t, '{mode: join}');
  const { line, traceparent, tracestate } = await get(
    ['traceparent', PARENT],
    ['tracestate', 'a=1'],
    ['tracestate', 'b=2'],
  );
  const [, traceId, spanId, sampled] = FIELDS.exec(traceparent) ?? [];
  assert.deepEqual([traceId, sampled, tracestate], [TRACE, '1', 'a=1,b=2']);
  assert.equal(line['trace_id'], TRACE);
  assert.match(String(line['span_id']), /^[0-9a-f]{16}$/);
  assert.ok(![SPAN, line['span_id']].includes(spanId), 'each has a span of its own');
});

test('a trace begins where the client has none, or one that is damaged', async (t) => {
  const { get } = await started(t, '{mode: join, sample_ratio: 0}');
  for (const fields of [
    [],
    [['tracestate', 'a=1']],
    [['traceparent', PARENT.toUpperCase()]],
    [
      ['traceparent', PARENT],
      ['traceparent', PARENT.replace('4bf', '5bf')],
      ['tracestate', 'a=1'],
    ],
  ] as const) {
    const { line, traceparent, tracestate } = await get(...fields);
    const [, traceId, , sampled] = FIELDS.exec(traceparent) ?? [];
    assert.equal(line['trace_id'], traceId);
    assert.notEqual(traceId, TRACE);
    assert.deepEqual([sampled, tracestate], ['0', undefined]);
  }
});

test('with restart no client names a trace, or has it sampled', async (t) => {
  const { get } = await started(t, '{mode: restart, sample_ratio: 0}');
  const { traceparent, tracestate } = await get(['traceparent', PARENT], ['tracestate', 'a=1']);
  const [, traceId, , sampled] = FIELDS.exec(traceparent) ?? [];
  assert.ok(traceId !== undefined && traceId !== TRACE);
  assert.deepEqual([sampled, tracestate], ['0', undefined]);
});

test('without tracing the fields pass as they came, and the log has no trace', async (t) => {
  const { get } = await started(t, '{}');
  const { line, traceparent, tracestate } = await get(['traceparent', 'x'], ['tracestate', 'A=1']);
  assert.deepEqual([traceparent, tracestate], ['x', 'A=1']);
  assert.ok(!('trace_id' in line));
  assert.equal((await get()).traceparent, '');
});

function registerSdk(t: TestContext): () => readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  assert.ok(trace.setGlobalTracerProvider(provider));
  t.after(() => trace.disable());
  return () => exporter.getFinishedSpans();
}

test('OpenTelemetry records a span for the request and one for what was asked upstream', async (t) => {
  const finished = registerSdk(t);
  const { gateway } = await started(t, '{mode: join}', (request, response) => {
    const issued = { access_token: 'canary-token', token_type: 'Bearer', expires_in: 60 };
    response.setHeader('x-seen', String(request.headers['traceparent']));
    response.end(JSON.stringify(issued));
  });
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const headers = [
    ['traceparent', PARENT],
    ['tracestate', 'a=1'],
  ] as const;
  const path = '/oauth2/token';
  const answer = await postForm({ ...gateway, ...gateway.client, path, form, headers });
  assert.equal(answer.status, 200, answer.text);
  const line = await gateway.logged(({ route }) => route === 'token');
  const [leg, server] = finished();
  assert.ok(leg && server);

  assert.deepEqual([server.name, server.kind], ['POST token', SpanKind.SERVER]);
  assert.equal(server.parentSpanContext?.spanId, SPAN);
  assert.equal(server.spanContext().traceId, TRACE);
  assert.deepEqual([line['trace_id'], line['span_id']], [TRACE, server.spanContext().spanId]);
  assert.partialDeepStrictEqual(server.attributes, {
    'http.request.method': 'POST',
    'http.route': 'token',
    'http.response.status_code': 200,
    'certbound.decision': 'allowed',
    'certbound.outcome': 'issued_bound',
    'certbound.client_id': 'self-signed',
    'certbound.thumbprint': gateway.client.thumbprint,
    'certbound.request_id': line['request_id'],
  });
  assert.deepEqual([leg.name, leg.kind], ['POST', SpanKind.CLIENT]);
  assert.equal(leg.parentSpanContext?.spanId, server.spanContext().spanId);
  assert.equal(leg.attributes['http.response.status_code'], 200);
  // What the upstream saw is the span that was recorded.
  assert.equal(answer.headers['x-seen'], `00-${TRACE}-${leg.spanContext().spanId}-01`);
  assert.doesNotMatch(JSON.stringify([leg.attributes, server.attributes]), /canary-token|held/);
});

test('a refusal has its reason in the span, an upstream that gives no answer an error', async (t) => {
  const finished = registerSdk(t);
  const { gateway, get } = await started(t, '{mode: restart}', (_, response) => {
    response.destroy();
  });
  const form = { grant_type: 'client_credentials', client_id: 'nobody' };
  await postForm({ ...gateway, ...gateway.client, path: '/oauth2/token', form });
  await gateway.logged(({ reason }) => reason === 'client_unknown');
  const [refused] = finished();
  assert.equal(refused?.attributes['certbound.reason'], 'client_unknown');
  assert.equal(refused.status.code, SpanStatusCode.UNSET);
  assert.equal(refused.parentSpanContext, undefined);

  await get(['traceparent', PARENT]);
  const [, leg, failed] = finished();
  assert.equal(leg?.attributes['error.type'], 'upstream_broken');
  assert.equal(failed?.status.code, SpanStatusCode.ERROR);
  assert.equal(failed.attributes['error.type'], 'upstream_broken');
  assert.equal(failed.attributes['http.response.status_code'], 502);
});

test('an SDK that throws costs its spans and no request', async (t) => {
  const broken = (): never => {
    throw new Error('broken SDK');
  };
  const provider = new BasicTracerProvider({
    spanProcessors: [
      { onStart: broken, onEnd: broken, forceFlush: async () => {}, shutdown: async () => {} },
    ],
  });
  assert.ok(trace.setGlobalTracerProvider(provider));
  t.after(() => trace.disable());
  const { get } = await started(t, '{mode: join}');
  const { answer, traceparent } = await get(['traceparent', PARENT]);
  assert.equal(answer.status, 200);
  assert.equal(FIELDS.exec(traceparent)?.[1], TRACE);
});
