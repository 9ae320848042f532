/**
 * Records that are good for one use: refresh tokens, codes, pushed requests.
 *
 * The use is written down last, when what it leads to is stored. So a failure on the way leaves the
 * record as good as it was, and of several uses at once exactly one succeeds: whoever comes second
 * finds the record used, and all that came of the grant is there to be revoked.
 */

import { randomUUID } from 'node:crypto';

import { StoreError } from '../../errors.ts';
import { epochSeconds, grantKey, grantTag, parsePayload, SPACE } from './record.ts';
import type { Store } from '../../store/store.ts';
import type { AdapterPayload } from 'oidc-provider';

/** Writers of one record that may get in each other's way before that is an error. */
const ATTEMPTS = 8;

/** Uses of unknown outcome that are remembered; a failing store makes one for each request. */
const MAX_UNDELIVERED = 10_000;

/** The member that tells by which attempt a record was used. */
const ATTEMPT = 'attempt';

export interface Redemptions {
  /** The record as it counts: one whose use led to no answer is not used. */
  seen(payload: AdapterPayload): AdapterPayload;
  /**
   * Uses the record, within `completing` at its end. A second use is refused with `alreadyConsumed`,
   * and ends the grant (RFC 9700 section 4.14.2, RFC 6749 section 4.1.2).
   */
  redeem(key: string, tagsOf: (payload: AdapterPayload) => readonly string[]): Promise<void>;
  /** Does the work of one request, then uses what it redeems; fails when either fails. */
  completing(request: object, work: () => Promise<void>): Promise<void>;
}

export interface RedemptionDeps {
  readonly store: Store;
  /** The request that is being answered. */
  readonly currentRequest: () => object | undefined;
  /** What is thrown where a record was used before. */
  readonly alreadyConsumed: () => Error;
}

type TagsOf = Parameters<Redemptions['redeem']>[1];

/** Everything rejects with StoreError where the store fails. */
export function createRedemptions(deps: RedemptionDeps): Redemptions {
  const { store, currentRequest, alreadyConsumed } = deps;
  const waiting = new WeakMap<object, (() => Promise<void>)[]>();
  // Attempts that may be written down although nobody had an answer. What another process or an
  // earlier life of this one attempted is not known here, and counts.
  const undelivered = new Set<string>();

  function isUsed(payload: AdapterPayload): boolean {
    return payload.consumed !== undefined && !undelivered.has(String(payload[ATTEMPT]));
  }

  function forgetDelivery(attempt: string): void {
    const [oldest] = undelivered;
    if (undelivered.size >= MAX_UNDELIVERED && oldest !== undefined) undelivered.delete(oldest);
    undelivered.add(attempt);
  }

  async function refuse(grantId: unknown): Promise<never> {
    if (typeof grantId === 'string') {
      await store.deleteByTag(SPACE, grantTag(grantId));
      await store.delete(SPACE, grantKey(grantId));
    }
    throw alreadyConsumed();
  }

  async function use(key: string, grantId: unknown, tagsOf: TagsOf): Promise<void> {
    const attempt = randomUUID();
    for (let count = 0; count < ATTEMPTS; count += 1) {
      const record = await store.get(SPACE, key);
      // Gone since it was found: a second use has ended the grant, also for this first one.
      if (record === undefined) return refuse(grantId);
      const stored = parsePayload(record.value);
      if (isUsed(stored)) return refuse(grantId);
      const payload = { ...stored, consumed: epochSeconds(), [ATTEMPT]: attempt };
      const { expiresAt, version: onlyIf } = record;
      const options = { expiresAt, tags: tagsOf(payload), onlyIf };
      try {
        if (await store.put(SPACE, key, JSON.stringify(payload), options)) return;
      } catch (error) {
        // It may stand in the store by now, or later.
        forgetDelivery(attempt);
        throw error;
      }
    }
    throw new StoreError('store_unavailable', 'a record to be used would not hold still');
  }

  return {
    seen(payload) {
      if (payload.consumed === undefined || isUsed(payload)) return payload;
      const { consumed: _, ...unused } = payload;
      return unused;
    },

    async redeem(key, tagsOf) {
      const record = await store.get(SPACE, key);
      if (record === undefined) throw alreadyConsumed();
      const { grantId } = parsePayload(record.value);
      const request = currentRequest();
      const uses = request && waiting.get(request);
      if (uses === undefined) await use(key, grantId, tagsOf);
      else uses.push(() => use(key, grantId, tagsOf));
    },

    async completing(request, work) {
      const uses: (() => Promise<void>)[] = [];
      waiting.set(request, uses);
      try {
        await work();
      } finally {
        waiting.delete(request);
      }
      for (const each of uses) await each();
    },
  };
}
