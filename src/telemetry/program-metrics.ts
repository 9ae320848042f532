/** What is measured of the program itself: its version, and what of its log is lost. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface ProgramMetrics {
  logLinesDropped(lines: number): void;
}

export function registerProgramMetrics(
  registers: Registry[],
  { version }: { readonly version: string },
): ProgramMetrics {
  const linesDropped = new Counter({
    name: 'certbound_log_lines_dropped_total',
    help: 'Log lines that could not be written.',
    registers,
  });
  new Gauge({
    name: 'certbound_build_info',
    help: 'Version of certbound and of Node; always 1.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers,
  }).set({ version, node: process.version }, 1);

  return {
    logLinesDropped: (lines) => linesDropped.inc(lines),
  };
}
