/** New keys. */

import { generateKeyPair, hash, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import type { KeyGeneration, SigningAlgorithm, SigningKey } from './key-ring.ts';

const COOKIE_KEY_BYTES = 32;
const RSA_BITS = 2_048;

const generate = promisify(generateKeyPair);

/** Returns a generation with a key for each algorithm; OpenSSL makes them off the event loop. */
export async function makeGeneration(
  algorithms: readonly SigningAlgorithm[],
  signsFrom: number,
): Promise<KeyGeneration> {
  return {
    signsFrom,
    signing: await Promise.all(algorithms.map(makeKey)),
    cookie: randomBytes(COOKIE_KEY_BYTES).toString('base64url'),
  };
}

async function makeKey(alg: SigningAlgorithm): Promise<SigningKey> {
  const { privateKey } =
    alg === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: RSA_BITS });
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: thumbprint(privateKey) };
}

/** RFC 7638 section 3.2: the required members alone, in lexicographic order. */
function thumbprint(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' });
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return hash('sha256', JSON.stringify(members), 'base64url');
}
