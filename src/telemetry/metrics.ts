/**
 * Every metric of ours: name, help, labels, buckets, and what is counted where. The names are
 * public interface; docs/metrics.md lists them. Those of the process and of revocation have files of
 * their own.
 */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import { REASONS } from '../errors.ts';
import type { ConnectionRefusedEvent, HandshakeEvent, RequestRecord } from './events.ts';
import { exposition } from './exposition.ts';
import type { Exposition } from './exposition.ts';
import {
  INTROSPECTION_OUTCOMES,
  TOKEN_OUTCOMES,
  createNameGuard,
  httpProtocolLabel,
  methodLabel,
  outcomeLabel,
  protocolLabel,
  reasonLabel,
  routeLabel,
  statusLabel,
} from './labels.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { registerRevocationMetrics } from './revocation-metrics.ts';
import type { RevocationMetrics } from './revocation-metrics.ts';

/** Whose certificate an expiry belongs to. */
export type CertificateRole = 'server' | 'client_ca' | 'upstream_ca';
/** `answered` whatever the status was; `failed` when no answer came. */
export type UpstreamResult = 'answered' | 'failed';

export interface Metrics extends RevocationMetrics {
  handshake(event: HandshakeEvent): void;
  connectionRefused(event: ConnectionRefusedEvent): void;
  request(record: RequestRecord): void;
  logLinesDropped(lines: number): void;
  observeUpstream(result: UpstreamResult, seconds: number): void;
  /** @param listener empty for a certificate that belongs to none. */
  setCertificateExpiry(role: CertificateRole, listener: string, epochSeconds: number): void;
  /** `count` is asked at each scrape; a second call for the same listener replaces the first. */
  watchConnections(listener: string, count: () => number): void;
  /** The answer to a scrape with this `Accept` field. */
  render(accept: string | undefined): Promise<Exposition>;
  /** What docs/metrics.md must say. */
  catalogue(): readonly MetricDescription[];
  /** Stops what measures in the background; counting and rendering go on. */
  close(): void;
}

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

const HANDSHAKE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ANSWER_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
const MAX_LISTENERS = 64; // far more than one process serves; only a guard

/** @param version our own, for `certbound_build_info`. */
export function createMetrics({ version }: { readonly version: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const name = createNameGuard(MAX_LISTENERS);
  const connectionCounts = new Map<string, () => number>();

  const handshakes = new Counter({
    name: 'certbound_tls_handshakes_total',
    help: 'TLS handshakes that ended; protocol is empty where the handshake failed.',
    labelNames: ['listener', 'result', 'protocol'],
    registers,
  });
  const handshakeFailures = new Counter({
    name: 'certbound_tls_handshake_failures_total',
    help: 'TLS handshakes that failed, by reason.',
    labelNames: ['listener', 'reason'],
    registers,
  });
  const handshakeSeconds = new Histogram({
    name: 'certbound_tls_handshake_duration_seconds',
    help: 'Time from TCP accept to the end of the handshake, of those that completed.',
    labelNames: ['listener'],
    buckets: HANDSHAKE_SECONDS,
    registers,
  });
  const certificates = new Counter({
    name: 'certbound_client_certificates_total',
    help: 'What completed handshakes brought; reason is empty unless the outcome is untrusted.',
    labelNames: ['listener', 'outcome', 'reason'],
    registers,
  });
  new Gauge({
    name: 'certbound_connections',
    help: 'Open client connections.',
    labelNames: ['listener'],
    registers,
    collect() {
      for (const [listener, count] of connectionCounts) this.set({ listener }, count());
    },
  });
  const requests = new Counter({
    name: 'certbound_http_requests_total',
    help: 'Requests that ended.',
    labelNames: ['route', 'method', 'status', 'protocol'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'certbound_http_request_duration_seconds',
    help: 'Time from the complete header block to the end of the answer, without tunnels.',
    labelNames: ['route'],
    buckets: ANSWER_SECONDS,
    registers,
  });
  const refusals = new Counter({
    name: 'certbound_refusals_total',
    help: 'Requests and connections that were refused, failed or answered with a no, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const tokens = new Counter({
    name: 'certbound_token_requests_total',
    help: 'Requests to the token endpoint, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });
  const introspections = new Counter({
    name: 'certbound_introspection_requests_total',
    help: 'Requests to the introspection endpoint, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });
  const upstreamRequests = new Counter({
    name: 'certbound_upstream_requests_total',
    help: 'Requests sent to the upstream.',
    labelNames: ['result'],
    registers,
  });
  const upstreamSeconds = new Histogram({
    name: 'certbound_upstream_request_duration_seconds',
    help: 'Time from sending a request to the header block of its answer, or to its failure.',
    buckets: ANSWER_SECONDS,
    registers,
  });
  const expiries = new Gauge({
    name: 'certbound_certificate_not_after_timestamp_seconds',
    help: 'End of validity, in seconds since the epoch; the earliest where there are several.',
    labelNames: ['role', 'listener'],
    aggregator: 'min',
    registers,
  });
  const ofRevocation = registerRevocationMetrics(registers);
  const linesDropped = new Counter({
    name: 'certbound_log_lines_dropped_total',
    help: 'Log lines that could not be written.',
    registers,
  });
  new Gauge({
    name: 'certbound_build_info',
    help: 'Version of certbound and of Node; always 1.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers,
  }).set({ version, node: process.version }, 1);
  const stopProcessMetrics = registerProcessMetrics(registry);

  // A counter that appears with its first increment hides that increment from rate().
  for (const reason of REASONS) refusals.inc({ reason }, 0);
  for (const outcome of TOKEN_OUTCOMES) tokens.inc({ outcome }, 0);
  for (const outcome of INTROSPECTION_OUTCOMES) introspections.inc({ outcome }, 0);

  return {
    ...ofRevocation,
    handshake: (event) => {
      const listener = name(event.listener);
      if (event.kind === 'handshake_failed') {
        handshakes.inc({ listener, result: 'failed', protocol: '' });
        handshakeFailures.inc({ listener, reason: reasonLabel(event.reason) });
        return;
      }
      const { outcome, reason } = event.certificate;
      handshakes.inc({ listener, result: 'ok', protocol: protocolLabel(event.tlsProtocol) });
      handshakeSeconds.observe({ listener }, duration(event.durationSeconds));
      certificates.inc({
        listener,
        outcome,
        reason: outcome === 'untrusted' ? reasonLabel(reason) : '',
      });
    },
    connectionRefused: (event) => refusals.inc({ reason: reasonLabel(event.reason) }),
    request: (record) => {
      const route = routeLabel(record.route);
      requests.inc({
        route,
        method: methodLabel(record.method),
        status: statusLabel(record.status),
        protocol: httpProtocolLabel(record.protocol),
      });
      // A tunnel lasts as long as its two sides like, which says nothing about us.
      if (record.status !== 101) {
        requestSeconds.observe({ route }, duration(record.durationSeconds));
      }
      // A reason without a refusal stands where the answer is a no: a token that is not active.
      if (record.reason !== undefined || record.decision !== 'allowed') {
        refusals.inc({ reason: reasonLabel(record.reason) });
      }
      if (record.route === 'token') tokens.inc({ outcome: outcomeLabel(TOKEN_OUTCOMES, record) });
      if (record.route === 'introspection') {
        introspections.inc({ outcome: outcomeLabel(INTROSPECTION_OUTCOMES, record) });
      }
    },
    logLinesDropped: (lines) => linesDropped.inc(lines),
    observeUpstream: (result, seconds) => {
      upstreamRequests.inc({ result });
      upstreamSeconds.observe(duration(seconds));
    },
    setCertificateExpiry: (role, listener, epochSeconds) =>
      expiries.set({ role, listener: listener === '' ? '' : name(listener) }, epochSeconds),
    watchConnections: (listener, count) => {
      connectionCounts.set(name(listener), count);
    },
    render: (accept) => exposition(registry, accept),
    catalogue: () => describe(registry),
    close: stopProcessMetrics,
  };
}

/** A clock that steps back, or a missing start, must not make a histogram throw. */
function duration(seconds: number): number {
  return seconds > 0 && Number.isFinite(seconds) ? seconds : 0;
}

function describe(registry: Registry): readonly MetricDescription[] {
  return registry.getMetricsAsArray().map((metric) => {
    // The library's metrics carry their label names, which its types leave out.
    const { labelNames = [] } = metric as { readonly labelNames?: readonly string[] };
    return { name: metric.name, type: metric.type, labels: labelNames };
  });
}
