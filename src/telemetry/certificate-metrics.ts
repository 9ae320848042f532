/** When the certificates that are in use run out. */

import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export const CERTIFICATE_ROLES = [
  'server',
  'client_ca',
  'client',
  'upstream_ca',
  'store_ca',
  'jwks_ca',
] as const;
/** Whose certificate an expiry belongs to; `client` is one that is registered for a client. */
export type CertificateRole = (typeof CERTIFICATE_ROLES)[number];

export interface CertificateMetrics {
  /**
   * Replaces what was told of the same role before.
   *
   * @param expiries seconds since the epoch by listener; empty text for what belongs to none.
   */
  setCertificateExpiries(role: CertificateRole, expiries: ReadonlyMap<string, number>): void;
}

/** @param name bounds the names of listeners. */
export function registerCertificateMetrics(
  registers: Registry[],
  name: (listener: string) => string,
): CertificateMetrics {
  const notAfter = new Gauge({
    name: 'certbound_certificate_not_after_timestamp_seconds',
    help: 'End of validity, in seconds since the epoch; the earliest where there are several.',
    labelNames: ['role', 'listener'],
    aggregator: 'min',
    registers,
  });
  const told = new Map<CertificateRole, ReadonlyMap<string, number>>();

  return {
    setCertificateExpiries: (changed, expiries) => {
      told.set(changed, expiries);
      // A listener that is no longer there must not look like one whose certificate runs out.
      notAfter.reset();
      for (const [role, seconds] of told) {
        for (const [listener, second] of seconds) {
          notAfter.set({ role, listener: listener === '' ? '' : name(listener) }, second);
        }
      }
    },
  };
}
