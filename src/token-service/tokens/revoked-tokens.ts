/** The list of JWTs that were revoked before they expired, in the store. */

import { hash } from 'node:crypto';

import { SPACE } from '../storage/record.ts';
import type { Store } from '../../store/store.ts';

/** Stores and processes count seconds by clocks of their own: no entry may end before its token. */
const MARGIN_SECONDS = 300;

export interface RevokedTokens {
  /** Resolves when the entry is durable; it outlives the token. @throws StoreError. */
  add(jti: string, exp: number): Promise<void>;
  /** @throws StoreError when nobody knows. */
  has(jti: string): Promise<boolean>;
}

export function createRevokedTokens(store: Store): RevokedTokens {
  return {
    async add(jti, exp) {
      await store.put(SPACE, keyOf(jti), '{}', { expiresAt: Math.ceil(exp) + MARGIN_SECONDS });
    },
    has: async (jti) => (await store.get(SPACE, keyOf(jti))) !== undefined,
  };
}

/** As of all ids, the store gets the SHA-256. */
function keyOf(jti: string): string {
  return `RevokedToken:${hash('sha256', jti, 'base64url')}`;
}
