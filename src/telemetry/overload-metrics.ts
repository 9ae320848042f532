/** Metrics of overload: what is in hand, and what share of new work is refused. */

import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface OverloadState {
  readonly requests: number;
  /** 0 to 1. */
  readonly shedding: number;
}

export interface OverloadMetrics {
  /** `state` is asked at each scrape; a second call replaces the first. */
  watchOverload(state: () => OverloadState): void;
}

export function registerOverloadMetrics(registers: Registry[]): OverloadMetrics {
  let read = (): OverloadState => ({ requests: 0, shedding: 0 });
  new Gauge({
    name: 'certbound_requests_in_hand',
    help: 'Requests that are being served, WebSockets among them.',
    registers,
    collect() {
      this.set(read().requests);
    },
  });
  new Gauge({
    name: 'certbound_overload_shedding_ratio',
    help: 'Share of new requests and connections that is refused because of overload.',
    aggregator: 'max',
    registers,
    collect() {
      this.set(read().shedding);
    },
  });
  return {
    watchOverload: (state) => {
      read = state;
    },
  };
}
