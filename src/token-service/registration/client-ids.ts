/**
 * The identifiers of clients that register. They carry a proof that they were made here, so that
 * names which strangers make up are told from them without a look at the store.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { StartError, StoreError } from '../../errors.ts';
import type { Store } from '../../store/store.ts';
import { NEVER, SPACE } from '../storage/record.ts';

export interface ClientIds {
  /** An identifier that nobody has. */
  make(): string;
  /** Whether it was made here, or by another replica. Nothing is asked for it. */
  isOurs(clientId: string): boolean;
}

const KEY = 'client-id-key';
const KEY_BYTES = 32;
const RANDOM_BYTES = 16;
/** Guessing it saves nobody more than one question to the store. */
const PROOF_BYTES = 8;
/** The text of both. */
const FORM = /^[A-Za-z0-9_-]{32}$/;

/**
 * Reads the key of the proofs from the store, or makes it; replicas share it.
 *
 * @throws StartError when it does not parse, StoreError when the store fails.
 */
export async function loadClientIds(store: Store): Promise<ClientIds> {
  const key = await loadKey(store);
  const proofOf = (random: Uint8Array): Uint8Array =>
    createHmac('sha256', key).update(random).digest().subarray(0, PROOF_BYTES);
  return {
    make: () => {
      const random = randomBytes(RANDOM_BYTES);
      return Buffer.concat([random, proofOf(random)]).toString('base64url');
    },
    isOurs: (clientId) => {
      if (!FORM.test(clientId)) return false;
      const bytes = Buffer.from(clientId, 'base64url');
      return timingSafeEqual(
        bytes.subarray(RANDOM_BYTES),
        proofOf(bytes.subarray(0, RANDOM_BYTES)),
      );
    },
  };
}

async function loadKey(store: Store): Promise<Uint8Array> {
  const stored = await store.get(SPACE, KEY);
  if (stored !== undefined) return parse(stored.value);
  const made = randomBytes(KEY_BYTES);
  const options = { expiresAt: NEVER, onlyIf: 'absent' } as const;
  if (await store.put(SPACE, KEY, made.toString('base64url'), options)) return made;
  const winner = await store.get(SPACE, KEY);
  if (winner !== undefined) return parse(winner.value);
  throw new StoreError('store_unavailable', 'the key of client ids was stored and is not there');
}

function parse(value: string): Uint8Array {
  const key = Buffer.from(value, 'base64url');
  if (key.length === KEY_BYTES) return key;
  throw new StartError('the key of client ids in the store does not parse');
}
