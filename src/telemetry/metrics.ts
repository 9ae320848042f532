/**
 * Every metric, put together from the files of each kind. The names are public interface;
 * docs/metrics.md lists them in the order in which they are registered.
 */

import { Registry } from 'prom-client';

import { registerBackendMetrics } from './backend-metrics.ts';
import type { BackendMetrics } from './backend-metrics.ts';
import { registerCertificateMetrics } from './certificate-metrics.ts';
import type { CertificateMetrics } from './certificate-metrics.ts';
import { registerConnectionMetrics } from './connection-metrics.ts';
import type { ConnectionMetrics } from './connection-metrics.ts';
import { exposition } from './exposition.ts';
import type { Exposition } from './exposition.ts';
import { createMetricSum } from './metric-sum.ts';
import type { MetricSum, Samples } from './metric-sum.ts';
import { registerWorkerMetrics } from './worker-metrics.ts';
import type { WorkerMetrics } from './worker-metrics.ts';
import { createNameGuard } from './labels.ts';
import { registerOverloadMetrics } from './overload-metrics.ts';
import type { OverloadMetrics } from './overload-metrics.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { registerProgramMetrics } from './program-metrics.ts';
import type { ProgramMetrics } from './program-metrics.ts';
import { registerReloadMetrics } from './reload-metrics.ts';
import type { ReloadMetrics } from './reload-metrics.ts';
import { registerRequestMetrics } from './request-metrics.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { registerRevocationMetrics } from './revocation-metrics.ts';
import type { RevocationMetrics } from './revocation-metrics.ts';

export interface Metrics
  extends
    ConnectionMetrics,
    RequestMetrics,
    OverloadMetrics,
    BackendMetrics,
    CertificateMetrics,
    RevocationMetrics,
    ReloadMetrics,
    WorkerMetrics,
    ProgramMetrics {
  /** The answer to a scrape with this `Accept` field. */
  render(accept: string | undefined): Promise<Exposition>;
  /** All metrics as plain data. */
  samples(): Promise<Samples>;
  /** The answer for these metrics and those of the workers. */
  renderSum(
    accept: string | undefined,
    workers: Parameters<MetricSum['add']>[1],
  ): Promise<Exposition>;
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

const MAX_LISTENERS = 64; // far more than one process serves; only a guard

/** @param version our own, for `certbound_build_info`. */
export function createMetrics({ version }: { readonly version: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const name = createNameGuard(MAX_LISTENERS);
  const { countCertificateHeader, ...ofConnections } = registerConnectionMetrics(registers, name);
  const ofRequests = registerRequestMetrics(registers);
  const ofOverload = registerOverloadMetrics(registers);
  const ofBackends = registerBackendMetrics(registers);
  const ofCertificates = registerCertificateMetrics(registers, name);
  const ofRevocation = registerRevocationMetrics(registers);
  const ofReload = registerReloadMetrics(registers);
  const ofWorkers = registerWorkerMetrics(registers);
  const ofProgram = registerProgramMetrics(registers, { version });
  const sum = createMetricSum();
  const stopProcessMetrics = registerProcessMetrics(registry);

  return {
    ...ofConnections,
    ...ofRequests,
    ...ofBackends,
    ...ofCertificates,
    ...ofRevocation,
    ...ofOverload,
    ...ofReload,
    ...ofWorkers,
    ...ofProgram,
    request: (record) => {
      ofRequests.request(record);
      countCertificateHeader(record);
    },
    render: (accept) => exposition(registry, accept),
    samples: () => registry.getMetricsAsJSON(),
    renderSum: async (accept, workers) =>
      exposition(await sum.add(await registry.getMetricsAsJSON(), workers), accept),
    catalogue: () => describe(registry),
    close: stopProcessMetrics,
  };
}

function describe(registry: Registry): readonly MetricDescription[] {
  return registry.getMetricsAsArray().map((metric) => {
    // The library's metrics carry their label names, which its types leave out.
    const { labelNames = [] } = metric as { readonly labelNames?: readonly string[] };
    return { name: metric.name, type: metric.type, labels: labelNames };
  });
}
