/** Watches over the load of the process, for as long as it runs. */

import type { Config } from '../config/schema.ts';
import { createOverload } from '../limits/overload.ts';
import type { Overload } from '../limits/overload.ts';
import { createPressureGauge } from '../limits/pressure.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Keep in step with the description of `max_event_loop_delay`. */
const SAMPLE_MS = 500;

export interface WatchedOverload extends Overload {
  close(): Promise<void>;
}

/** @param processes that share the memory of the container or machine. */
export function watchOverload(
  config: Config['overload'],
  { telemetry, processes }: { readonly telemetry: Telemetry; readonly processes: number },
): WatchedOverload {
  const gauge = createPressureGauge(config.memory_limit, processes);
  const maxMemory = config.max_memory_percent / 100;
  const fitting = gauge.fitting(maxMemory);
  const overload = createOverload(
    {
      maxRequests: Math.min(config.max_requests, fitting),
      maxLoopDelayMs: config.max_event_loop_delay,
      maxMemory,
      maxConnections: fitting,
    },
    {
      measure: gauge.measure,
      onChange: (isShedding, { loopDelayMs, memory, resident }) => {
        const fields = {
          event_loop_delay_ms: Math.round(loopDelayMs),
          memory_percent: Math.round(memory * 100),
          resident_percent: Math.round(resident * 100),
        };
        if (isShedding) telemetry.log('warn', 'overloaded, some of the work is refused', fields);
        else telemetry.log('info', 'no longer overloaded', fields);
      },
    },
  );
  const timer = setInterval(overload.sample, SAMPLE_MS);
  timer.unref();
  telemetry.metrics.watchOverload(overload.state);
  return {
    ...overload,
    close: async () => {
      clearInterval(timer);
      gauge.close();
    },
  };
}
