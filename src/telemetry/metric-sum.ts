/**
 * The metrics of several processes as one: counters and histograms are added, gauges by the
 * `aggregator` of each.
 */

import { Registry } from 'prom-client';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** The metrics of a process, as the library gives them. */
export type Samples = readonly MetricObjectWithValues<MetricValue<string>>[];

export interface MetricSum {
  /**
   * Returns the sum. What a worker has counted stays in it when the worker is gone, as far as it was
   * ever told: a sum that falls would look like a restart, and all of it be counted again.
   *
   * @param own metrics of the process that sums.
   * @param workers the samples of those that are there, by a name that none has again; undefined
   * where one doesn't answer, and what it told last counts.
   */
  add(own: Samples, workers: ReadonlyMap<number, Samples | undefined>): Promise<Registry>;
}

/** Which configuration is in force, and reloads of all workers, are told by the process that sums. */
const TOLD_ONCE = 'certbound_config_';

export function createMetricSum(): MetricSum {
  const last = new Map<number, Samples>();
  /** What those counted that are gone. */
  let gone: Samples = [];

  const forget = async (worker: number): Promise<void> => {
    const counted = (last.get(worker) ?? []).filter(({ type }) => type !== 'gauge');
    last.delete(worker);
    gone = await sumOf([gone, counted]).getMetricsAsJSON();
  };

  return {
    add: async (own, workers) => {
      for (const [worker, samples] of workers) {
        const ours = samples?.filter(({ name }) => !name.startsWith(TOLD_ONCE));
        if (ours !== undefined) last.set(worker, ours);
      }
      for (const worker of last.keys()) if (!workers.has(worker)) await forget(worker);
      return sumOf([own, ...last.values(), gone]);
    },
  };
}

function sumOf(all: readonly Samples[]): Registry {
  return Registry.aggregate(all.map((samples) => [...samples]));
}
