/** What is measured of the program itself: its certificates, its configuration, its log. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** Whose certificate an expiry belongs to; `client` is one that is registered for a client. */
export type CertificateRole =
  | 'server'
  | 'client_ca'
  | 'client'
  | 'upstream_ca'
  | 'store_ca'
  | 'jwks_ca';

export interface CertificateExpiry {
  readonly role: CertificateRole;
  /** Empty for a certificate that belongs to none. */
  readonly listener: string;
  /** Seconds since the epoch. */
  readonly notAfter: number;
}

export interface ProgramMetrics {
  /** Replaces what was told before; of several with the same role and listener the earliest counts. */
  setCertificateExpiries(expiries: readonly CertificateExpiry[]): void;
  /** `applied`, or `refused` where the configuration before it stays in force. */
  countReload(result: 'applied' | 'refused'): void;
  logLinesDropped(lines: number): void;
}

/** @param name folds names of listeners that no configuration has. */
export function registerProgramMetrics(
  registers: Registry[],
  { version, name }: { readonly version: string; readonly name: (listener: string) => string },
): ProgramMetrics {
  const expiryGauge = new Gauge({
    name: 'certbound_certificate_not_after_timestamp_seconds',
    help: 'End of validity, in seconds since the epoch; the earliest where there are several.',
    labelNames: ['role', 'listener'],
    aggregator: 'min',
    registers,
  });
  const reloads = new Counter({
    name: 'certbound_config_reloads_total',
    help: 'Configurations that were read again while the program ran.',
    labelNames: ['result'],
    registers,
  });
  const lastReload = new Gauge({
    name: 'certbound_config_last_reload_successful',
    help: 'Whether the last configuration that was read is the one in force; 1 after the start.',
    aggregator: 'min',
    registers,
  });
  const lastSuccess = new Gauge({
    name: 'certbound_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was read, in seconds since the epoch.',
    aggregator: 'min',
    registers,
  });
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

  for (const result of ['applied', 'refused']) reloads.inc({ result }, 0);
  lastReload.set(1);
  lastSuccess.setToCurrentTime();

  return {
    setCertificateExpiries: (expiries) => {
      expiryGauge.reset();
      const groups = Map.groupBy(expiries, ({ role, listener }) => `${role} ${listener}`);
      for (const [first, ...others] of groups.values()) {
        if (first === undefined) continue;
        const { role, listener } = first;
        const earliest = others.reduce(
          (least, { notAfter }) => Math.min(least, notAfter),
          first.notAfter,
        );
        expiryGauge.set({ role, listener: listener === '' ? '' : name(listener) }, earliest);
      }
    },
    countReload: (result) => {
      reloads.inc({ result });
      lastReload.set(result === 'applied' ? 1 : 0);
      if (result === 'applied') lastSuccess.setToCurrentTime();
    },
    logLinesDropped: (lines) => linesDropped.inc(lines),
  };
}
