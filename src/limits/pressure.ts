/** Measures how hard the process is pressed. */

import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Pressure } from './overload.ts';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;

export interface PressureGauge {
  /** What was found since the call before. */
  measure(): Pressure;
  close(): void;
}

/** @param memoryLimit octets that the process may use; undefined: that of its container or machine. */
export function createPressureGauge(memoryLimit: number | undefined): PressureGauge {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const limit = memoryLimit ?? ownMemoryLimit();
  return {
    measure: () => {
      // What is measured is the distance of two ticks of a timer.
      const mean = delay.count === 0 ? 0 : delay.mean / NANOSECONDS_PER_MS - RESOLUTION_MS;
      delay.reset();
      return { loopDelayMs: Math.max(0, mean), memory: memoryShare(limit) };
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
 * The larger one of two shares: of all memory, and of the heap, which V8 bounds on its own. Pages
 * that the heap keeps without use are not counted, else a peak would be remembered for ever.
 */
function memoryShare(limit: number): number {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  const heap = heapUsed / getHeapStatistics().heap_size_limit;
  return Math.max((rss - (heapTotal - heapUsed)) / limit, heap);
}
