/** Bindings kept in a store: one row for each token the gateway let out. */

import { hash } from 'node:crypto';

import { StoreError } from '../errors.ts';
import type { Store, StoreRecord } from '../store/store.ts';
import { readRow, writeRow } from './binding-row.ts';
import type { BindingRow } from './binding-row.ts';
import type { Binding, Bindings, FoundToken, TokenBinding } from './bindings.ts';

export interface StoredBindingsOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const SPACE = 'bindings';

/**
 * Returns the bindings kept in the store. The key of a row is the token's SHA-256, so that the
 * store never holds a token. Clients hold the tokens of the upstream as they are.
 *
 * Every method fails with StoreError when the store fails, or holds a row that does not parse:
 * such a row is never read as "unbound".
 */
export function createStoredBindings({ store, now = Date.now }: StoredBindingsOptions): Bindings {
  const written = writing(store.put, store.get, now);

  return {
    ...written,

    async promise() {
      await store.promise();
      const put: Store['put'] = (space, key, value, options) =>
        store.put(space, key, value, { ...options, promised: true });
      return writing(put, store.get, now);
    },

    find(token) {
      const standing = store.get(SPACE, keyOf(token));
      return standing instanceof Promise
        ? standing.then((record) => foundToken(token, record))
        : foundToken(token, standing);
    },
  };
}

/** @throws StoreError for a row that does not parse. */
function foundToken(token: string, standing: StoreRecord | undefined): FoundToken {
  if (standing === undefined) {
    return { upstreamToken: token, binding: undefined, isRevoked: false, expiresAt: undefined };
  }
  const { binding, isRevoked, issuedAt } = readRow(standing.value);
  return { upstreamToken: token, binding, isRevoked, expiresAt: standing.expiresAt, issuedAt };
}

/** All that writes, by this `put`. */
function writing(
  put: Store['put'],
  get: Store['get'],
  now: () => number,
): Pick<Bindings, 'bindAll' | 'extend' | 'revoke'> {
  async function record(binding: TokenBinding): Promise<boolean> {
    const { token, expiresAt } = binding;
    const issuedAt = Math.floor(now() / 1_000);
    const value = writeRow({ binding, issuedAt, isRevoked: false });
    const key = keyOf(token);
    if (await put(SPACE, key, value, { expiresAt, onlyIf: 'absent' })) return true;
    const standing = await get(SPACE, key);
    // Gone in between: whoever removed it has the last word.
    if (standing === undefined || !isSame(readRow(standing.value), binding)) return false;
    // Handed out again, it is no younger for it.
    return expiresAt <= standing.expiresAt || replace(key, standing, standing.value, expiresAt);
  }

  const replace = (
    key: string,
    standing: StoreRecord,
    value: string,
    expiresAt: number,
  ): Promise<boolean> => put(SPACE, key, value, { expiresAt, onlyIf: standing.version });

  /** Changes a row, as often as somebody else changes it in between; gone, it stays gone. */
  async function change(
    token: string,
    changed: (standing: StoreRecord) => Pick<StoreRecord, 'value' | 'expiresAt'> | undefined,
  ): Promise<void> {
    const key = keyOf(token);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const standing = await get(SPACE, key);
      const next = standing && changed(standing);
      if (standing === undefined || next === undefined) return;
      if (await replace(key, standing, next.value, next.expiresAt)) return;
    }
    throw new StoreError('store_unavailable', 'a binding row changes too often');
  }

  return {
    async bindAll(bindings) {
      const stored = await Promise.all(bindings.map(record));
      return stored.every(Boolean) ? bindings.map(({ token }) => token) : 'conflict';
    },

    extend: (token, expiresAt) =>
      change(token, (standing) =>
        expiresAt > standing.expiresAt ? { value: standing.value, expiresAt } : undefined,
      ),

    revoke: (token) =>
      change(token, ({ value, expiresAt }) => {
        const row = readRow(value);
        return row.isRevoked
          ? undefined
          : { value: writeRow({ ...row, isRevoked: true }), expiresAt };
      }),
  };
}

/** More than so many requests at the same token at the same moment are no accident. */
const MAX_ATTEMPTS = 16;

function keyOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Whether the row says of a token what is to be said of it now. */
function isSame(
  { binding, isRevoked }: BindingRow,
  { thumbprint, clientId, kind }: Binding,
): boolean {
  return (
    !isRevoked &&
    binding.thumbprint === thumbprint &&
    binding.clientId === clientId &&
    binding.kind === kind
  );
}
