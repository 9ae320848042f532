/** The provider's records over our store. */

import { StoreError } from '../../errors.ts';
import { digest, epochSeconds, grantTag, NEVER, parsePayload, recordKey, SPACE } from './record.ts';
import type { Adapter, AdapterFactory } from '../provider.ts';
import type { Redemptions } from './redemption.ts';
import type { Store } from '../../store/store.ts';
import type { AdapterPayload, ClientMetadata } from 'oidc-provider';

/** Models whose records go when their grant is revoked. */
const GRANTED: ReadonlySet<string> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);

/**
 * Models that are also found by something else than their id, and must then tell it. The id of any
 * other model is a bearer secret, known to its holder only, and not stored.
 */
const TELLS_ITS_ID: ReadonlySet<string> = new Set(['Session', 'DeviceCode']);

export interface AdapterDeps {
  readonly store: Store;
  /** The metadata of a client, which may depend on the request that is being answered. */
  readonly findClient: (
    clientId: string,
  ) => ClientMetadata | undefined | Promise<ClientMetadata | undefined>;
  readonly unavailable: (cause: StoreError) => Error;
  readonly redemptions: Redemptions;
}

/**
 * Returns what the provider calls once for each of its models.
 *
 * Keys are SHA-256 of the provider's ids. A StoreError, also for a record that does not parse, is
 * thrown as what `unavailable` makes of it: the provider must answer it 503, never as "not found".
 */
export function createAdapterFactory({
  store,
  findClient,
  unavailable,
  redemptions,
}: AdapterDeps): AdapterFactory {
  const guarded = createGuard(unavailable);

  return (model: string): Adapter => {
    const keyOf = (id: string): string => recordKey(model, id);
    const uidTag = (uid: string): string => `${model}:uid:${digest(uid)}`;
    const userCodeTag = (code: string): string => `${model}:user_code:${digest(code)}`;

    function tagsOf({ grantId, uid, userCode }: AdapterPayload): readonly string[] {
      const tags: string[] = [];
      if (typeof grantId === 'string' && GRANTED.has(model)) tags.push(grantTag(grantId));
      if (typeof uid === 'string') tags.push(uidTag(uid));
      if (typeof userCode === 'string') tags.push(userCodeTag(userCode));
      return tags;
    }

    function serialize(payload: AdapterPayload): string {
      const { jti, ...rest } = payload;
      return JSON.stringify(TELLS_ITS_ID.has(model) ? { jti, ...rest } : rest);
    }

    async function findTagged(tag: string): Promise<AdapterPayload | undefined> {
      const [key] = await store.findByTag(SPACE, tag);
      const record = key === undefined ? undefined : await store.get(SPACE, key);
      return record === undefined ? undefined : redemptions.seen(parsePayload(record.value));
    }

    return {
      upsert: (id, payload, expiresIn) =>
        guarded(async () => {
          await store.put(SPACE, keyOf(id), serialize(payload), {
            expiresAt: expiresIn === undefined ? NEVER : epochSeconds() + expiresIn,
            tags: tagsOf(payload),
          });
        }),

      find: (id) =>
        guarded(async () => {
          // By other rules than records: made-up names must not cost a look at the store each.
          if (model === 'Client') return findClient(id);
          const record = await store.get(SPACE, keyOf(id));
          if (record === undefined) return undefined;
          return { jti: id, ...redemptions.seen(parsePayload(record.value)) };
        }),

      findByUid: (uid) => guarded(() => findTagged(uidTag(uid))),
      findByUserCode: (userCode) => guarded(() => findTagged(userCodeTag(userCode))),

      consume: (id) => guarded(() => redemptions.redeem(keyOf(id), tagsOf)),
      destroy: (id) => guarded(() => store.delete(SPACE, keyOf(id))),
      revokeByGrantId: (grantId) => guarded(() => store.deleteByTag(SPACE, grantTag(grantId))),
    };
  };
}

/** Returns what turns a StoreError of the work into what `unavailable` makes of it. */
export function createGuard(
  unavailable: AdapterDeps['unavailable'],
): <T>(work: () => Promise<T>) => Promise<T> {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof StoreError ? unavailable(error) : error;
    }
  };
}
