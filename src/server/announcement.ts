/** What log and metrics say of a configuration that comes into force. */

import type { Crl } from '../certificate/revocation/crl.ts';
import type { Material } from '../config/check.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { nextUpdates } from './crl-points.ts';
import { tellExpiries } from './held-certificates.ts';
import type { HeldCertificate } from './held-certificates.ts';

export interface Announcement {
  /** The configured lists; told once the configuration is in force, and whenever they change then. */
  crls(places: ReadonlyMap<string, readonly Crl[]>): void;
  begin(): void;
  end(): void;
}

export function createAnnouncement(
  { protection }: Pick<Material, 'protection'>,
  held: readonly HeldCertificate[],
  { log, metrics }: Telemetry,
): Announcement {
  let isInForce = false;
  let places: ReadonlyMap<string, readonly Crl[]> = new Map();
  const tellCrls = (): void => metrics.setCrlNextUpdates('configuration', nextUpdates(places));
  return {
    crls: (found) => {
      places = found;
      if (isInForce) tellCrls();
    },
    begin: () => {
      isInForce = true;
      tellCrls();
      tellExpiries(held, metrics);
      for (const { config: admin, usesSha1 } of protection.adminPaths) {
        const { path } = admin;
        if (usesSha1) log('warn', 'SHA-1 thumbprints vouch for administrators', { path });
      }
    },
    end: () => {
      isInForce = false;
    },
  };
}
