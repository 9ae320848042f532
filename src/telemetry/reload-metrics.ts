/** What is measured of reloads: what came of each, and which configuration is in force since when. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/**
 * `reloaded`: in force. `refused`: the configuration or a file of it is wrong, or needs a restart.
 * `failed`: the system refused something, an address for example.
 */
export const RELOAD_OUTCOMES = ['reloaded', 'refused', 'failed'] as const;
export type ReloadResult = (typeof RELOAD_OUTCOMES)[number];

export interface ConfigInForce {
  /** 1 from the start on, then one more for each reload. */
  readonly generation: number;
  /** Equal for equal configurations, files aside. */
  readonly hash: string;
}

export interface ReloadMetrics {
  /** Counts a reload; the first call, of the start, counts none. `config` is what is in force. */
  reloaded(result: ReloadResult | 'started', config: ConfigInForce): void;
}

export function registerReloadMetrics(registers: Registry[]): ReloadMetrics {
  const reloads = new Counter({
    name: 'certbound_config_reloads_total',
    help: 'Reloads of the configuration, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });
  const successful = new Gauge({
    name: 'certbound_config_last_reload_successful',
    help: 'Whether the last load of the configuration succeeded: 1, else 0 and the one before is in force.',
    aggregator: 'min',
    registers,
  });
  const lastSuccess = new Gauge({
    name: 'certbound_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was loaded, in seconds since the epoch.',
    aggregator: 'min',
    registers,
  });
  const info = new Gauge({
    name: 'certbound_config_info',
    help: 'The configuration in force: its number in this process and a hash of it; always 1.',
    labelNames: ['generation', 'hash'],
    aggregator: 'first',
    registers,
  });
  for (const outcome of RELOAD_OUTCOMES) reloads.inc({ outcome }, 0);

  return {
    reloaded: (result, { generation, hash }) => {
      if (result !== 'started') reloads.inc({ outcome: result });
      const isSuccess = result === 'started' || result === 'reloaded';
      successful.set(isSuccess ? 1 : 0);
      if (!isSuccess) return;
      lastSuccess.set(Date.now() / 1_000);
      info.reset();
      info.set({ generation: String(generation), hash }, 1);
    },
  };
}
