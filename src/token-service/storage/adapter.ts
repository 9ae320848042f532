/** The provider's records over our store. */

import { createHash } from 'node:crypto';

import { StoreError } from '../../errors.ts';
import type { Adapter, AdapterFactory } from '../provider.ts';
import type { PutOptions, Store } from '../../store/store.ts';
import type { AdapterPayload, ClientMetadata } from 'oidc-provider';

export const SPACE = 'token-service';

/** For records without an end, in seconds since the epoch: the last second of the year 9999. */
export const NEVER = 253_402_300_799;

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

/** Writers of one record that may get in each other's way before that is an error. */
const CONSUME_ATTEMPTS = 8;

export interface AdapterDeps {
  readonly store: Store;
  /** The metadata of a client, which may depend on the request that is being answered. */
  readonly findClient: (clientId: string) => ClientMetadata | undefined;
  readonly unavailable: (cause: StoreError) => Error;
  /** What is thrown where a record that is good for one use was used before. */
  readonly alreadyConsumed: () => Error;
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
  alreadyConsumed,
}: AdapterDeps): AdapterFactory {
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof StoreError ? unavailable(error) : error;
    }
  }

  return (model: string): Adapter => {
    const keyOf = (id: string): string => `${model}:${digest(id)}`;
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
      return record === undefined ? undefined : parse(record.value);
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
          // Clients are configuration; asking the store would let strangers cost a read each.
          if (model === 'Client') return findClient(id);
          const record = await store.get(SPACE, keyOf(id));
          return record === undefined ? undefined : { jti: id, ...parse(record.value) };
        }),

      findByUid: (uid) => guarded(() => findTagged(uidTag(uid))),
      findByUserCode: (userCode) => guarded(() => findTagged(userCodeTag(userCode))),

      consume: (id) =>
        guarded(async () => {
          for (let attempt = 0; attempt < CONSUME_ATTEMPTS; attempt += 1) {
            const record = await store.get(SPACE, keyOf(id));
            if (record === undefined) return;
            const stored = parse(record.value);
            // The provider looks before it consumes; of those that look at once, one may go on.
            if (stored.consumed !== undefined) throw alreadyConsumed();
            const payload = { ...stored, consumed: epochSeconds() };
            const options: PutOptions = {
              expiresAt: record.expiresAt,
              tags: tagsOf(payload),
              onlyIf: record.version,
            };
            if (await store.put(SPACE, keyOf(id), JSON.stringify(payload), options)) return;
          }
          throw new StoreError('store_unavailable', `a ${model} record would not hold still`);
        }),

      destroy: (id) => guarded(() => store.delete(SPACE, keyOf(id))),
      revokeByGrantId: (grantId) => guarded(() => store.deleteByTag(SPACE, grantTag(grantId))),
    };
  };
}

/** Shared by all models: a grant's records go together. */
function grantTag(grantId: string): string {
  return `grant:${digest(grantId)}`;
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

function parse(value: string): AdapterPayload {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as AdapterPayload;
    }
  } catch {
    // Told below: the text of a JSON error repeats part of the record.
  }
  throw new StoreError('store_unavailable', 'a record of the token service does not parse');
}
