/** What is measured of those that the gateway waits for: the upstream and the store. */

import type { Registry } from 'prom-client';

import { createBusyCounter } from './busy-counter.ts';
import { createBusyHistogram } from './busy-histogram.ts';
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
  const upstreamRequests = createBusyCounter({
    name: 'certbound_upstream_requests_total',
    help: 'Requests sent to the upstream.',
    labelNames: ['result'],
    registers,
  });
  const upstreamDurations = createBusyHistogram({
    name: 'certbound_upstream_request_duration_seconds',
    help: 'Time from sending a request to the header block of its answer, or to its failure.',
    buckets: ANSWER_SECONDS,
    registers,
  });
  const storeOperations = createBusyCounter({
    name: 'certbound_store_operations_total',
    help: 'Operations of the store, those of the embedded token service included.',
    labelNames: ['operation', 'result'],
    registers,
  });
  const storeDurations = createBusyHistogram({
    name: 'certbound_store_operation_duration_seconds',
    help: 'Time that an operation of the store took, its failure included.',
    label: 'operation',
    buckets: ANSWER_SECONDS,
    registers,
  });
  for (const result of ['answered', 'failed']) upstreamRequests.of(result);
  for (const operation of STORE_OPERATIONS) {
    for (const result of ['ok', 'failed']) storeOperations.of(operation).of(result);
  }
  return {
    observeUpstream: (result, duration) => {
      upstreamRequests.of(result).inc();
      upstreamDurations.tell(seconds(duration));
    },
    observeStore: (operation, result, duration) => {
      storeOperations.of(operation).of(result).inc();
      storeDurations.tell(seconds(duration), operation);
    },
  };
}
