/** What is measured of those that the gateway waits for: the upstream and the store. */

import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

import { BusyHistogram } from './busy-histogram.ts';
import { STORE_OPERATIONS, seconds } from './labels.ts';
import type { StoreOperation } from './labels.ts';
import { ANSWER_SECONDS } from './request-metrics.ts';

/** `answered` whatever the status was; `failed` when no answer came. */
export type UpstreamResult = 'answered' | 'failed';

export interface BackendMetrics {
  observeUpstream(result: UpstreamResult, durationSeconds: number): void;
  observeStore(operation: StoreOperation, result: 'ok' | 'failed', durationSeconds: number): void;
}

export function registerBackendMetrics(registers: Registry[]): BackendMetrics {
  const upstreamRequests = new Counter({
    name: 'certbound_upstream_requests_total',
    help: 'Requests sent to the upstream.',
    labelNames: ['result'],
    registers,
  });
  const upstreamDurations = new BusyHistogram({
    name: 'certbound_upstream_request_duration_seconds',
    help: 'Time from sending a request to the header block of its answer, or to its failure.',
    buckets: ANSWER_SECONDS,
    registers,
  });
  const storeOperations = new Counter({
    name: 'certbound_store_operations_total',
    help: 'Operations of the store, those of the embedded token service included.',
    labelNames: ['operation', 'result'],
    registers,
  });
  const storeDurations = new BusyHistogram({
    name: 'certbound_store_operation_duration_seconds',
    help: 'Time that an operation of the store took, its failure included.',
    label: 'operation',
    buckets: ANSWER_SECONDS,
    registers,
  });
  for (const result of ['answered', 'failed']) upstreamRequests.inc({ result }, 0);
  for (const operation of STORE_OPERATIONS) {
    for (const result of ['ok', 'failed']) storeOperations.inc({ operation, result }, 0);
  }
  return {
    observeUpstream: (result, duration) => {
      upstreamRequests.inc({ result });
      upstreamDurations.tell(seconds(duration));
    },
    observeStore: (operation, result, duration) => {
      storeOperations.inc({ operation, result });
      storeDurations.tell(seconds(duration), operation);
    },
  };
}
