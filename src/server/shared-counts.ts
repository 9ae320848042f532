/**
 * Counts that hold for all processes of a gateway: what one of them counts is told to the others,
 * which count it, too. Between the two lie milliseconds, in which another may let one more pass.
 */

import type { RequestRates } from '../limits/request-rates.ts';
import { createPollingPace } from '../token-service/people/polling-pace.ts';
import { PAGE_SECONDS } from '../token-service/people/people-configuration.ts';
import type { StrangerLimits } from '../token-service/strangers.ts';
import { createAllowance } from '../token-service/uma/allowance.ts';
import type { Allowance, AllowanceOptions } from '../token-service/uma/allowance.ts';
import { createAttempts } from '../users/attempts.ts';
import type { Attempts } from '../users/attempts.ts';
import { createCodeAttempts } from '../users/code-attempts.ts';
import { createUnfinished } from '../users/unfinished.ts';
import type { Others } from './shared-parts.ts';

/** No clock that is set lets anybody off, or keeps him waiting. */
const elapsed = (): number => performance.now();

/** Of passwords. */
export function sharedAttempts({ tell, hear }: Others): Attempts {
  const attempts = createAttempts({ now: elapsed });
  hear('wrong password', attempts.failed);
  hear('right password', attempts.succeeded);
  return {
    isBlocked: attempts.isBlocked,
    failed: (attempt) => {
      attempts.failed(attempt);
      tell('wrong password', plain(attempt));
    },
    succeeded: (attempt) => {
      attempts.succeeded(attempt);
      tell('right password', plain(attempt));
    },
  };
}

/** An attempt comes with its password, which is nobody else's. */
function plain({ name, address }: Parameters<Attempts['failed']>[0]) {
  return { name, address };
}

export function sharedStrangerLimits(others: Others): StrangerLimits {
  return {
    codes: sharedCodeAttempts(others),
    unfinished: sharedUnfinished(others),
    devices: sharedPollingPace(others),
  };
}

function sharedCodeAttempts({ tell, hear }: Others): StrangerLimits['codes'] {
  const attempts = createCodeAttempts({ now: elapsed });
  hear('wrong device code', attempts.failed);
  return {
    isBlocked: attempts.isBlocked,
    failed: (address) => {
      attempts.failed(address);
      tell('wrong device code', address);
    },
  };
}

function sharedUnfinished({ tell, hear }: Others): StrangerLimits['unfinished'] {
  const unfinished = createUnfinished({ now: elapsed, lifetimeMs: PAGE_SECONDS * 1_000 });
  hear('login begun', unfinished.begin);
  hear('login ended', unfinished.end);
  return {
    begin: (id, address) => {
      const verdict = unfinished.begin(id, address);
      if (verdict === 'begun') tell('login begun', id, address);
      return verdict;
    },
    end: (id) => {
      unfinished.end(id);
      tell('login ended', id);
    },
  };
}

function sharedPollingPace({ tell, hear }: Others): StrangerLimits['devices'] {
  const pace = createPollingPace({ now: elapsed });
  hear('device asked', pace.isTooEarly);
  return {
    isTooEarly: (device) => {
      tell('device asked', device);
      return pace.isTooEarly(device);
    },
  };
}

/** Of the permission tickets of a resource server. */
export function sharedAllowance(
  limits: Omit<AllowanceOptions, 'now'>,
  { tell, hear }: Others,
): Allowance {
  const allowance = createAllowance({ ...limits, now: elapsed });
  hear('ticket issued', allowance);
  return (clientId) => {
    const isAllowed = allowance(clientId);
    if (isAllowed) tell('ticket issued', clientId);
    return isAllowed;
  };
}

/** Of requests; what is refused, or no rule counts, is told to nobody. */
export function sharedRates(
  rates: RequestRates,
  topic: 'request of an address' | 'request of a client',
  { tell, hear }: Others,
): RequestRates {
  hear(topic, (key, path) => {
    try {
      rates.count(key, path);
    } catch {
      // More than is allowed, and answered by another process: the next one here is refused.
    }
  });
  return {
    count: (key, path) => {
      const isCounted = rates.count(key, path);
      if (isCounted) tell(topic, key, path);
      return isCounted;
    },
  };
}
