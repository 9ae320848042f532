/** From a password to its hash, in the threads of libuv: the event loop goes on meanwhile. */

import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

import type { Argon2idCosts, HashCosts, PasswordHash } from './password-hash.ts';

/** The least that OWASP's Password Storage Cheat Sheet recommends, about 20 ms of one core. */
const NEW_COSTS: Argon2idCosts = {
  algorithm: 'argon2id',
  memory: 19_456,
  passes: 2,
  parallelism: 1,
};

const SALT_BYTES = 16;
const DIGEST_BYTES = 32;

/** Returns a new hash of the password, with a salt of its own. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  return { costs: NEW_COSTS, salt, digest: await derive(password, NEW_COSTS, salt, DIGEST_BYTES) };
}

/** Returns whether the hash is of this password; compared in constant time. */
export async function isPasswordOf(
  password: string,
  { costs, salt, digest }: PasswordHash,
): Promise<boolean> {
  return timingSafeEqual(await derive(password, costs, salt, digest.length), digest);
}

/** A hash that costs as much as `like` and is of no password. */
export function decoyHash({ costs, digest }: PasswordHash): PasswordHash {
  return { costs, salt: randomBytes(SALT_BYTES), digest: randomBytes(digest.length) };
}

/** Letters with marks can be written in two ways; RFC 8265 section 4.2.2 takes them for the same. */
function derive(
  password: string,
  costs: HashCosts,
  salt: Uint8Array,
  length: number,
): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFC'));
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, derived: Buffer): void =>
      error === null ? resolve(derived) : reject(error);
    if (costs.algorithm === 'argon2id') {
      const { memory, passes, parallelism } = costs;
      const parameters = { message, nonce: salt, memory, passes, parallelism, tagLength: length };
      argon2('argon2id', parameters, done);
      return;
    }
    const { logN, r, p } = costs;
    const N = 2 ** logN;
    // What Node compares with is 128 * N * r, and a little more.
    scrypt(message, salt, length, { N, r, p, maxmem: 256 * N * r }, done);
  });
}
