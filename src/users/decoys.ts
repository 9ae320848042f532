/** Hashes of no password, for names that are not there: one that is there is not told by its time. */

import { createHmac } from 'node:crypto';

import { decoyHash, hashPassword } from './hash-password.ts';
import type { PasswordHash } from './password-hash.ts';

/** Returns the decoy of a name. */
export type Decoys = (name: string) => PasswordHash;

/**
 * Returns decoys that cost what those of the users cost, each as often as among the users, and the
 * same for a name at every attempt. Which one that is can't be worked out without the users' file; who
 * reads the same file, as workers and replicas do, has the same.
 */
export async function createDecoys(hashes: readonly PasswordHash[]): Promise<Decoys> {
  const [first, ...others] = hashes;
  if (first === undefined) {
    const only = decoyHash(await hashPassword(''));
    return () => only;
  }
  // One of them rather than all: it is the same after most changes of the file.
  const key = others.reduce((least, { digest }) => lesser(least, digest), first.digest);
  const decoys = new Map(hashes.map((hash) => [costOf(hash), decoyHash(hash)]));
  // In the order of their costs, so that another user moves few names to other costs.
  const costs = hashes.map(costOf).toSorted();
  const firstDecoy = decoyHash(first);
  return (name) => {
    const fraction = createHmac('sha256', key).update(name).digest().readUIntBE(0, 6) / 2 ** 48;
    const cost = costs[Math.floor(fraction * costs.length)] ?? '';
    return decoys.get(cost) ?? firstDecoy;
  };
}

function lesser(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.compare(one, other) <= 0 ? one : other;
}

/** All that the time of a comparison depends on. */
function costOf({ costs, digest }: PasswordHash): string {
  const numbers =
    costs.algorithm === 'argon2id'
      ? [costs.memory, costs.passes, costs.parallelism]
      : [costs.logN, costs.r, costs.p];
  return JSON.stringify([costs.algorithm, ...numbers, digest.length]);
}
