/** Which certificate a token belongs to: one row for each token the gateway let out. */

import { createHash } from 'node:crypto';

import { StoreError } from '../errors.ts';
import type { Store } from '../store/store.ts';

export type TokenKind = 'access' | 'refresh';

export interface Binding {
  /** `x5t#S256` of the certificate; undefined says that the token is bound to none on purpose. */
  readonly thumbprint: string | undefined;
  readonly clientId: string;
  readonly kind: TokenKind;
  /** Seconds since the epoch; at least as late as the token's own expiry. */
  readonly expiresAt: number;
}

export interface TokenBinding extends Binding {
  readonly token: string;
}

export interface Bindings {
  /**
   * Resolves only when every row is durable; rejects when one is not. A token that has a row keeps
   * its certificate: the same one makes the row live longer, another one is a `conflict`.
   */
  recordAll(bindings: readonly TokenBinding[]): Promise<'stored' | 'conflict'>;
  /** The row of a token; undefined when there is none, which is not the same as unbound. */
  lookup(token: string): Promise<Binding | undefined>;
  remove(token: string): Promise<void>;
}

const SPACE = 'bindings';
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/**
 * Returns the bindings kept in the store. The key of a row is the token's SHA-256, so that the
 * store never holds a token.
 *
 * Every method rejects with StoreError when the store fails, or holds a row that does not parse:
 * such a row is never read as "unbound".
 */
export function createBindings({ store }: { readonly store: Store }): Bindings {
  async function record(binding: TokenBinding): Promise<boolean> {
    const { token, thumbprint = null, clientId, kind, expiresAt } = binding;
    const value = JSON.stringify({ thumbprint, clientId, kind });
    parse(value, expiresAt);
    const key = keyOf(token);
    if (await store.put(SPACE, key, value, { expiresAt, onlyIf: 'absent' })) return true;
    const standing = await store.get(SPACE, key);
    // Gone in between: whoever removed it has the last word.
    if (standing === undefined || standing.value !== value) return false;
    const later = Math.max(expiresAt, standing.expiresAt);
    return store.put(SPACE, key, value, { expiresAt: later, onlyIf: standing.version });
  }

  return {
    async recordAll(bindings) {
      const stored = await Promise.all(bindings.map(record));
      return stored.every(Boolean) ? 'stored' : 'conflict';
    },

    async lookup(token) {
      const row = await store.get(SPACE, keyOf(token));
      return row === undefined ? undefined : parse(row.value, row.expiresAt);
    },

    remove: (token) => store.delete(SPACE, keyOf(token)),
  };
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function parse(value: string, expiresAt: number): Binding {
  const { thumbprint, clientId, kind } = members(value);
  if (
    (thumbprint === null || (typeof thumbprint === 'string' && THUMBPRINT.test(thumbprint))) &&
    typeof clientId === 'string' &&
    clientId !== '' &&
    (kind === 'access' || kind === 'refresh')
  ) {
    return { thumbprint: thumbprint ?? undefined, clientId, kind, expiresAt };
  }
  throw new StoreError('store_unavailable', 'a binding row has members it may not have');
}

function members(value: string): Readonly<Record<'thumbprint' | 'clientId' | 'kind', unknown>> {
  try {
    const parsed: unknown = JSON.parse(value);
    const { thumbprint, clientId, kind } = Object(parsed) as Record<string, unknown>;
    return { thumbprint, clientId, kind };
  } catch (cause) {
    throw new StoreError('store_unavailable', 'a binding row does not parse', cause);
  }
}
