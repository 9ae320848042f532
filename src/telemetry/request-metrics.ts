/** What is measured of requests: how they ended, how long they took, what the endpoints did. */

import type { Registry } from 'prom-client';

import { REASONS } from '../errors.ts';
import { createBusyCounter } from './busy-counter.ts';
import { createBusyHistogram } from './busy-histogram.ts';
import type { ConnectionRefusedEvent, RequestRecord } from './events.ts';
import {
  GRANT_TYPES,
  INTROSPECTION_OUTCOMES,
  TOKEN_OUTCOMES,
  grantTypeLabel,
  httpProtocolLabel,
  methodLabel,
  outcomeLabel,
  reasonLabel,
  routeLabel,
  seconds,
  statusLabel,
} from './labels.ts';

export interface RequestMetrics {
  request(record: RequestRecord): void;
  connectionRefused(event: ConnectionRefusedEvent): void;
}

/** From an answer out of memory to one that an identity server took its time for. */
export const ANSWER_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30,
];

export function registerRequestMetrics(registers: Registry[]): RequestMetrics {
  const requests = createBusyCounter({
    name: 'certbound_http_requests_total',
    help: 'Requests that ended.',
    labelNames: ['route', 'method', 'status', 'protocol'],
    registers,
  });
  const durations = createBusyHistogram({
    name: 'certbound_http_request_duration_seconds',
    help: 'Time from the complete header block to the end of the answer, without tunnels.',
    label: 'route',
    buckets: ANSWER_SECONDS,
    registers,
  });
  const refusals = createBusyCounter({
    name: 'certbound_refusals_total',
    help: 'Requests and connections that were refused, failed or answered with a no, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const tokens = createBusyCounter({
    name: 'certbound_token_requests_total',
    help: 'Requests to the token endpoint, by grant and by what came of them.',
    labelNames: ['grant_type', 'outcome'],
    registers,
  });
  const introspections = createBusyCounter({
    name: 'certbound_introspection_requests_total',
    help: 'Requests to the introspection endpoint, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });

  // A counter that appears with its first increment hides that increment from rate().
  for (const reason of REASONS) refusals.of(reason);
  for (const outcome of TOKEN_OUTCOMES) {
    for (const grant of GRANT_TYPES) tokens.of(grant).of(outcome);
  }
  for (const outcome of INTROSPECTION_OUTCOMES) introspections.of(outcome);

  return {
    connectionRefused: (event) => refusals.of(reasonLabel(event.reason)).inc(),
    request: (record) => {
      const route = routeLabel(record.route);
      const method = methodLabel(record.method);
      const protocol = httpProtocolLabel(record.protocol);
      requests.of(route).of(method).of(statusLabel(record.status)).of(protocol).inc();
      // A tunnel lasts as long as its two sides like, which says nothing about us.
      if (record.status !== 101) durations.tell(seconds(record.durationSeconds), route);
      // A reason without a refusal stands where the answer is a no: a token that is not active.
      if (record.reason !== undefined || record.decision !== 'allowed') {
        refusals.of(reasonLabel(record.reason)).inc();
      }
      if (record.route === 'token') {
        const outcome = outcomeLabel(TOKEN_OUTCOMES, record);
        tokens.of(grantTypeLabel(record.grantType)).of(outcome).inc();
      }
      if (record.route === 'introspection') {
        introspections.of(outcomeLabel(INTROSPECTION_OUTCOMES, record)).inc();
      }
    },
  };
}
