/** How often clients may ask, as the configuration has it. */

import type { RateLimitsConfig } from '../config/schema.ts';
import type { AdmissionDeps } from '../gateway/admission.ts';
import { covers, readPathPattern } from '../gateway/path-pattern.ts';
import { pathReadings } from '../gateway/path-readings.ts';
import { createAddressSet } from '../http/address-set.ts';
import { createRequestRates } from '../limits/request-rates.ts';
import type { RateRule } from '../limits/request-rates.ts';
import type { AuthenticationPolicy } from '../oauth/client-authentication.ts';
import { sharedRates } from './shared-counts.ts';
import type { Others } from './shared-parts.ts';

type RuleConfig = RateLimitsConfig['per_client'][number];

export interface OpenedRates {
  readonly ofAddresses: Pick<AdmissionDeps, 'rates' | 'exempt'>;
  readonly countClient: AuthenticationPolicy['countRequest'];
}

export function openRates(config: RateLimitsConfig, others: Others): OpenedRates {
  const now = (): number => performance.now();
  const ofClients = sharedRates(
    createRequestRates(rulesOf('per_client', config.per_client), now),
    'request of a client',
    others,
  );
  return {
    ofAddresses: {
      rates: sharedRates(
        createRequestRates(rulesOf('per_address', config.per_address), now),
        'request of an address',
        others,
      ),
      exempt: createAddressSet(config.exempt_addresses),
    },
    countClient: (clientId, { exchange }) => void ofClients.count(clientId, exchange.target.path),
  };
}

function rulesOf(key: string, rules: readonly RuleConfig[]): readonly RateRule[] {
  return rules.map(({ paths, rate, burst = rate.burst }, index) => ({
    name: `rate_limits.${key}[${index}]`,
    burst,
    perSecond: rate.perSecond,
    covers: coverOf(paths),
  }));
}

/**
 * A request counts where any server may take its path for one of these: another spelling must not be
 * a way around. What can't be read counts everywhere; it is refused later.
 */
function coverOf(paths: readonly string[]): (path: string) => boolean {
  if (paths.includes('/*')) return () => true;
  const patterns = paths.map((path) => readPathPattern(path.toLowerCase()));
  const isCovered = (path: string): boolean => patterns.some((pattern) => covers(pattern, path));
  return (path) => {
    if (isCovered(path)) return true;
    const readings = pathReadings(path);
    return readings.length === 0 || readings.some(isCovered);
  };
}
