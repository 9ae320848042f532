/** What is measured of requests: how they ended, how long they took, what the endpoints did. */

import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

import { REASONS } from '../errors.ts';
import { BusyHistogram } from './busy-histogram.ts';
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
  const requests = new Counter({
    name: 'certbound_http_requests_total',
    help: 'Requests that ended.',
    labelNames: ['route', 'method', 'status', 'protocol'],
    registers,
  });
  const durations = new BusyHistogram({
    name: 'certbound_http_request_duration_seconds',
    help: 'Time from the complete header block to the end of the answer, without tunnels.',
    label: 'route',
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
    help: 'Requests to the token endpoint, by grant and by what came of them.',
    labelNames: ['grant_type', 'outcome'],
    registers,
  });
  const introspections = new Counter({
    name: 'certbound_introspection_requests_total',
    help: 'Requests to the introspection endpoint, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });

  // A counter that appears with its first increment hides that increment from rate().
  for (const reason of REASONS) refusals.inc({ reason }, 0);
  for (const outcome of TOKEN_OUTCOMES) {
    for (const grant of GRANT_TYPES) tokens.inc({ grant_type: grant, outcome }, 0);
  }
  for (const outcome of INTROSPECTION_OUTCOMES) introspections.inc({ outcome }, 0);

  return {
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
      if (record.status !== 101) durations.tell(seconds(record.durationSeconds), route);
      // A reason without a refusal stands where the answer is a no: a token that is not active.
      if (record.reason !== undefined || record.decision !== 'allowed') {
        refusals.inc({ reason: reasonLabel(record.reason) });
      }
      if (record.route === 'token') {
        const outcome = outcomeLabel(TOKEN_OUTCOMES, record);
        tokens.inc({ grant_type: grantTypeLabel(record.grantType), outcome });
      }
      if (record.route === 'introspection') {
        introspections.inc({ outcome: outcomeLabel(INTROSPECTION_OUTCOMES, record) });
      }
    },
  };
}
