/** The keys in use by this process: read again at intervals, so that all processes agree. */

import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { bySigner } from './key-ring.ts';
import { readKeyRing } from './stored-keys.ts';
import type { Log } from '../log.ts';
import type { KeyPolicy, KeyRing, SigningAlgorithm } from './key-ring.ts';
import type { Store } from '../../store/store.ts';

/** How soon a process takes up what another one has changed, and a generation its time to sign. */
export const POLL_MS = 60_000;

/** Tokens with key names that nobody knows may make the ring be read again this often. */
const REREAD_PAUSE_MS = 5_000;

export interface VerificationKey {
  readonly alg: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

export interface KeyKeeper {
  /** The generation that signs first. */
  current(): KeyRing;
  /**
   * The public key of this `kid`. One that is not known may be new: the ring is read again.
   *
   * @throws StoreError when it can't be read.
   */
  find(kid: string): Promise<VerificationKey | undefined>;
  /** Sets who is told of changes; when one fails, it is tried again at the next reading. */
  onChange(listener: (ring: KeyRing) => Promise<void>): void;
  /** Ends the reading at intervals. */
  close(): void;
}

export interface KeyKeeperDeps {
  readonly store: Store;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** @throws StartError when the stored keys do not parse, StoreError when the store fails. */
export async function createKeyKeeper(
  policy: KeyPolicy,
  { store, log, now }: KeyKeeperDeps,
): Promise<KeyKeeper> {
  const read = async (): Promise<KeyRing> => {
    const seconds = Math.floor(now() / 1_000);
    return bySigner(await readKeyRing(store, policy, seconds), seconds);
  };

  let ring = await read();
  let publicKeys = publicKeysOf(ring);
  let readAt = now();
  let reading: Promise<void> | undefined;
  let tell: (ring: KeyRing) => Promise<void> = async () => undefined;

  async function reread(): Promise<void> {
    readAt = now();
    const next = await read();
    if (namesOf(next) === namesOf(ring)) return;
    // The public keys first: a token of another process must not wait for a change here.
    publicKeys = publicKeysOf(next);
    await tell(next);
    ring = next;
    log('info', 'the signing keys changed', { key_id: next[0]?.signing[0]?.kid ?? '' });
  }

  const refresh = (): Promise<void> =>
    (reading ??= reread().finally(() => {
      reading = undefined;
    }));

  const timer = setInterval(() => {
    refresh().catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      log('warn', 'the signing keys could not be read again', { error: text });
    });
  }, POLL_MS);
  timer.unref();

  return {
    current: () => ring,

    async find(kid) {
      const known = publicKeys.get(kid);
      if (known !== undefined) return known;
      if (reading === undefined && now() - readAt < REREAD_PAUSE_MS) return undefined;
      await refresh();
      return publicKeys.get(kid);
    },

    onChange(listener) {
      tell = listener;
    },
    close: () => clearInterval(timer),
  };
}

function publicKeysOf(ring: KeyRing): ReadonlyMap<string, VerificationKey> {
  return new Map(
    ring.flatMap(({ signing }) =>
      signing.map(({ kid, alg, ...jwk }) => [
        kid,
        { alg, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) },
      ]),
    ),
  );
}

/** Two rings with the same names in the same order are the same. */
function namesOf(ring: KeyRing): string {
  return ring.flatMap(({ signing }) => signing.map(({ kid }) => kid)).join(' ');
}
