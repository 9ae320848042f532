/** What is measured of handshakes, and of the certificates that they and load balancers bring. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

import { createBusyCounter } from './busy-counter.ts';
import { createBusyHistogram } from './busy-histogram.ts';
import type { CertificateOutcome, HandshakeEvent, RequestRecord } from './events.ts';
import {
  CERTIFICATE_HEADER_RESULTS,
  certificateHeaderLabel,
  createServerNameGuard,
  protocolLabel,
  reasonLabel,
  seconds,
} from './labels.ts';

export interface ConnectionMetrics {
  handshake(event: HandshakeEvent): void;
  /** `count` is asked at each scrape, those of one listener are added up; returns what ends it. */
  watchConnections(listener: string, count: () => number): () => void;
  /** Client connections of a listener that are open now. */
  connections(listener: string): number;
}

const HANDSHAKE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DAY_SECONDS = 86_400;
/** Expired, a day, a week, two, a month, a quarter, a year. */
const REMAINING_SECONDS = [0, 1, 7, 14, 30, 90, 365].map((days) => days * DAY_SECONDS);

/** @param name folds names of listeners that no configuration has. */
export function registerConnectionMetrics(
  registers: Registry[],
  name: (listener: string) => string,
): ConnectionMetrics & {
  /** Counts the certificate header of a request, where there was one. */
  countCertificateHeader(record: RequestRecord): void;
} {
  const serverName = createServerNameGuard();
  const connectionCounts = new Set<readonly [listener: string, count: () => number]>();
  const handshakes = createBusyCounter({
    name: 'certbound_tls_handshakes_total',
    help: 'TLS handshakes that ended; protocol is empty where the handshake failed.',
    labelNames: ['listener', 'result', 'protocol'],
    registers,
  });
  const failures = new Counter({
    name: 'certbound_tls_handshake_failures_total',
    help: 'TLS handshakes that failed, by reason.',
    labelNames: ['listener', 'reason'],
    registers,
  });
  const durations = createBusyHistogram({
    name: 'certbound_tls_handshake_duration_seconds',
    help: 'Time from TCP accept to the end of the handshake, of those that completed.',
    label: 'listener',
    buckets: HANDSHAKE_SECONDS,
    registers,
  });
  const resumptions = createBusyCounter({
    name: 'certbound_tls_resumptions_total',
    help: 'Completed handshakes that went on with an earlier session.',
    labelNames: ['listener'],
    registers,
  });
  const certificates = createBusyCounter({
    name: 'certbound_client_certificates_total',
    help: 'What completed handshakes brought; reason is empty unless the outcome is untrusted.',
    labelNames: ['listener', 'server_name', 'outcome', 'reason'],
    registers,
  });
  const remaining = createBusyHistogram({
    name: 'certbound_client_certificate_remaining_seconds',
    help: 'For how long the certificates that completed handshakes brought are still valid.',
    label: 'listener',
    buckets: REMAINING_SECONDS,
    registers,
  });
  const headers = new Counter({
    name: 'certbound_certificate_headers_total',
    help: 'Requests that came with the certificate header of a load balancer.',
    labelNames: ['listener', 'result'],
    registers,
  });
  new Gauge({
    name: 'certbound_connections',
    help: 'Open client connections.',
    labelNames: ['listener'],
    registers,
    collect() {
      this.reset();
      for (const [listener, count] of connectionCounts) this.inc({ listener }, count());
    },
  });

  const countCertificate = (
    { outcome, reason, notAfter }: CertificateOutcome,
    listener: string,
    host: string,
  ): void => {
    const cause = outcome === 'untrusted' ? reasonLabel(reason) : '';
    certificates.of(listener).of(host).of(outcome).of(cause).inc();
    if (notAfter === undefined) return;
    remaining.tell(seconds((notAfter - Date.now()) / 1_000), listener);
  };

  return {
    handshake: (event) => {
      const listener = name(event.listener);
      if (event.kind === 'handshake_failed') {
        handshakes.of(listener).of('failed').of('').inc();
        failures.inc({ listener, reason: reasonLabel(event.reason) });
        return;
      }
      handshakes.of(listener).of('ok').of(protocolLabel(event.tlsProtocol)).inc();
      durations.tell(seconds(event.durationSeconds), listener);
      const resumed = resumptions.of(listener);
      if (event.isResumed === true) resumed.inc();
      countCertificate(event.certificate, listener, serverName(event.virtualHost ?? ''));
    },
    countCertificateHeader: (record) => {
      const result = certificateHeaderLabel(record);
      if (result !== undefined) headers.inc({ listener: name(record.listener), result });
    },
    watchConnections: (listener, count) => {
      const known = name(listener);
      const watch = [known, count] as const;
      connectionCounts.add(watch);
      for (const result of CERTIFICATE_HEADER_RESULTS) headers.inc({ listener: known, result }, 0);
      return () => void connectionCounts.delete(watch);
    },
    connections: (listener) =>
      [...connectionCounts]
        .filter(([watched]) => watched === name(listener))
        .reduce((sum, [, count]) => sum + count(), 0),
  };
}
