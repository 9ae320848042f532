/** Measures how hard the process is pressed. */

import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { LEAST_CONNECTIONS } from './overload.ts';
import type { Pressure } from './overload.ts';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;

/**
 * What one costs at most, most of it in OpenSSL and only at the end of the handshake: too late for
 * those that are taken meanwhile.
 */
const CONNECTION_BYTES = 100_000;

/** The share of the memory by which the heap grows when there is something to do. */
const GROWTH = 1 / 8;

export interface PressureGauge {
  /** What was found since the call before. */
  measure(): Pressure;
  /**
   * Connections for which there is memory within this share of it, beside what is used already; as
   * many requests take no more, headers and what has come of their bodies included.
   */
  fitting(share: number): number;
  close(): void;
}

/**
 * @param memoryLimit octets that the process may use; undefined: its share of what its container or
 * machine has.
 * @param processes that share it.
 */
export function createPressureGauge(
  memoryLimit: number | undefined,
  processes: number,
): PressureGauge {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const limit = memoryLimit ?? ownMemoryLimit() / processes;
  return {
    measure: () => {
      // What is measured is the distance of two ticks of a timer.
      const mean = delay.count === 0 ? 0 : delay.mean / NANOSECONDS_PER_MS - RESOLUTION_MS;
      delay.reset();
      return { loopDelayMs: Math.max(0, mean), ...memoryShares(limit) };
    },
    fitting: (share) => {
      const room = limit * (share - GROWTH) - process.memoryUsage.rss();
      return Math.max(LEAST_CONNECTIONS, Math.floor(room / CONNECTION_BYTES));
    },
    close: () => void delay.disable(),
  };
}

/** The bound of the container (cgroup) where there is one, else the memory of the machine. */
function ownMemoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/**
 * `memory` is the larger one of two shares: of all memory, and of the heap, which V8 bounds on its
 * own. Pages that the heap keeps without use are not counted, else a peak would be remembered for
 * ever; requests find room in them.
 */
function memoryShares(limit: number): Pick<Pressure, 'memory' | 'resident'> {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  const heap = heapUsed / getHeapStatistics().heap_size_limit;
  const used = (rss - (heapTotal - heapUsed)) / limit;
  return { memory: Math.max(used, heap), resident: rss / limit };
}
