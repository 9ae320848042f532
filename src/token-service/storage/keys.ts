/** The service's own keys: made once, kept in the store, the same for every process and start. */

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

import { StartError, StoreError } from '../../errors.ts';
import { NEVER, SPACE } from './record.ts';
import type { Store } from '../../store/store.ts';
import type { webcrypto } from 'node:crypto';

export interface ServiceKeys {
  /** Private signing keys, the default one first. */
  readonly signing: readonly webcrypto.JsonWebKey[];
  /** Secrets that sign cookies, the newest first. */
  readonly cookies: readonly string[];
}

const KEY = 'keys';
const COOKIE_KEY_BYTES = 32;
/** RS256 beside ES256 because OpenID Connect Discovery section 3 requires it. */
const RSA_BITS = 2_048;

/**
 * Returns the stored keys, making them when there are none. Of several processes that make them at
 * the same time, one wins and all return what it stored.
 *
 * @throws StartError when the stored keys do not parse, StoreError when the store fails.
 */
export async function loadKeys(store: Store): Promise<ServiceKeys> {
  const stored = await store.get(SPACE, KEY);
  if (stored !== undefined) return parse(stored.value);

  const made = await makeKeys();
  const options = { expiresAt: NEVER, onlyIf: 'absent' } as const;
  if (await store.put(SPACE, KEY, JSON.stringify(made), options)) return made;

  const winner = await store.get(SPACE, KEY);
  if (winner !== undefined) return parse(winner.value);
  throw new StoreError('store_unavailable', 'the signing keys were stored and are not there');
}

async function makeKeys(): Promise<ServiceKeys> {
  const generate = promisify(generateKeyPair);
  const [ec, rsa] = await Promise.all([
    generate('ec', { namedCurve: 'P-256' }),
    generate('rsa', { modulusLength: RSA_BITS }),
  ]);
  return {
    signing: [
      { ...ec.privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' },
      { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' },
    ],
    cookies: [randomBytes(COOKIE_KEY_BYTES).toString('base64url')],
  };
}

function parse(value: string): ServiceKeys {
  try {
    const { signing, cookies } = JSON.parse(value) as Partial<ServiceKeys>;
    if (
      Array.isArray(signing) &&
      signing.length > 0 &&
      Array.isArray(cookies) &&
      cookies.length > 0 &&
      cookies.every((key) => typeof key === 'string' && key !== '')
    ) {
      return { signing, cookies };
    }
  } catch {
    // Told below without its cause: the text of a JSON error repeats part of the keys.
  }
  throw new StartError('the signing keys in the store do not parse');
}
