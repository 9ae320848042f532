/** What is measured of the processes that serve, by the one that keeps them. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface WorkerMetrics {
  /** Counts a worker that ended and was not told to. */
  workerEnded(): void;
  /** How many serve is asked at each scrape. */
  watchWorkers(serving: () => number): void;
}

export function registerWorkerMetrics(registers: Registry[]): WorkerMetrics {
  let serving = (): number => 0;
  const ended = new Counter({
    name: 'certbound_worker_ends_total',
    help: 'Workers that ended without being told to, at their start or later.',
    registers,
  });
  new Gauge({
    name: 'certbound_workers',
    help: 'Workers that serve now; 0 where the program serves in one process.',
    registers,
    collect() {
      this.set(serving());
    },
  });

  return {
    workerEnded: () => ended.inc(),
    watchWorkers: (count) => {
      serving = count;
    },
  };
}
