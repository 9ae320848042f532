/** Whether a secret is a client's. */

import { hash, timingSafeEqual } from 'node:crypto';

import type { ClientSecretDigest } from './client.ts';

/** Compared with where there is no client, so that its absence takes no less time. */
const NOBODYS: ClientSecretDigest = { sha256: Buffer.alloc(32) };

/** Takes the same time whatever is wrong: digests are compared, in constant time. */
export function isSecretOf(secret: string, registered: ClientSecretDigest | undefined): boolean {
  const { sha256 } = registered ?? NOBODYS;
  const isSame = timingSafeEqual(hash('sha256', secret, 'buffer'), sha256);
  return isSame && registered !== undefined;
}
