/** The key ring in the store: the same for every process and every start. */

import { createPublicKey } from 'node:crypto';

import { StartError, StoreError } from '../../errors.ts';
import { NEVER, SPACE } from '../storage/record.ts';
import { dueChange, earlyRotation } from './key-ring.ts';
import { makeGeneration } from './make-keys.ts';
import type { Store, StoreRecord } from '../../store/store.ts';
import type { DueChange, KeyGeneration, KeyPolicy, KeyRing, SigningKey } from './key-ring.ts';

const KEY = 'key-ring';

/** Processes that change the ring at the same time, before that is an error. */
const ATTEMPTS = 8;

/**
 * Returns the stored ring with all done that is due at `now` (seconds since the epoch), making the
 * first keys when there are none. Of several processes that do so at the same time one wins, and
 * all return what it stored.
 *
 * @throws StartError when the stored keys do not parse, StoreError when the store fails.
 */
export function readKeyRing(store: Store, policy: KeyPolicy, now: number): Promise<KeyRing> {
  return changeKeyRing(store, policy, (ring) => dueChange(ring, policy, now));
}

/**
 * Makes the next keys now, ahead of their time: they sign after `publish_before`. With `isLeaked`
 * they sign at once and are the only ones: nothing that was signed before is taken any more.
 *
 * @throws as `readKeyRing` does.
 */
export function rotateKeyRing(
  store: Store,
  policy: KeyPolicy,
  { now, isLeaked }: { readonly now: number; readonly isLeaked: boolean },
): Promise<KeyRing> {
  return changeKeyRing(store, policy, (ring) =>
    isLeaked ? { kept: [], nextSignsFrom: now } : earlyRotation(ring, policy, now),
  );
}

async function changeKeyRing(
  store: Store,
  { algorithms }: KeyPolicy,
  decide: (ring: KeyRing) => DueChange | undefined,
): Promise<KeyRing> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const record = await store.get(SPACE, KEY);
    const ring = record === undefined ? [] : parse(record);
    const change = decide(ring);
    if (change === undefined) return ring;
    const { kept, nextSignsFrom } = change;
    const made =
      nextSignsFrom === undefined ? [] : [await makeGeneration(algorithms, nextSignsFrom)];
    const changed = [...kept, ...made];
    const options = { expiresAt: NEVER, onlyIf: record?.version ?? 'absent' } as const;
    if (await store.put(SPACE, KEY, JSON.stringify(changed), options)) return changed;
  }
  throw new StoreError('store_unavailable', 'the record of the signing keys would not hold still');
}

function parse({ value }: StoreRecord): KeyRing {
  try {
    const ring: unknown = JSON.parse(value);
    if (Array.isArray(ring) && ring.length > 0 && ring.every(isGeneration)) return ring;
  } catch {
    // Told below without its cause: the text of a JSON error repeats part of the keys.
  }
  throw new StartError('the signing keys in the store do not parse');
}

function isGeneration(value: unknown): value is KeyGeneration {
  const { signsFrom, signing, cookie } = (value ?? {}) as Partial<KeyGeneration>;
  return (
    Number.isSafeInteger(signsFrom) &&
    Array.isArray(signing) &&
    signing.length > 0 &&
    signing.every(isSigningKey) &&
    typeof cookie === 'string' &&
    cookie !== ''
  );
}

/** Throws for what is no key at all. */
function isSigningKey(value: unknown): value is SigningKey {
  const key = (value ?? {}) as Partial<SigningKey>;
  createPublicKey({ key, format: 'jwk' });
  return [key.alg, key.kid, key.d].every((member) => typeof member === 'string' && member !== '');
}
