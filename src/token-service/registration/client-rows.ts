/** The clients that registered themselves, as they stand in the store. */

import { StoreError } from '../../errors.ts';
import { MAX_VALUE_CHARACTERS } from '../../store/record-rules.ts';
import type { Store } from '../../store/store.ts';
import { NEVER, SPACE } from '../storage/record.ts';

export interface ClientRow {
  readonly clientId: string;
  /** Everything that is registered, by its wire names, as the client sent it. No secret is in it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch, as in all of these. */
  readonly issuedAt: number;
  /** Absent for a client that has none. */
  readonly secret?: SecretRow | undefined;
  /** SHA-256 of the registration access token, base64url. */
  readonly tokenSha256: string;
}

export interface SecretRow {
  /** SHA-256, base64url. */
  readonly sha256: string;
  readonly issuedAt: number;
  /** 0: never (RFC 7591 section 3.2.1). */
  readonly expiresAt: number;
}

export interface FoundRow {
  readonly row: ClientRow;
  /** For `replace`. */
  readonly version: number;
}

export interface MethodCount {
  readonly method: string;
  readonly count: number;
}

/** Each call rejects with a StoreError where the store fails. */
export interface ClientRows {
  find(clientId: string): Promise<FoundRow | undefined>;
  add(row: ClientRow): Promise<void>;
  /** False where it has changed since, or is gone. */
  replace(row: ClientRow, version: number): Promise<boolean>;
  remove(clientId: string): Promise<void>;
  count(): Promise<number>;
  /** How many there are of each method that some have. */
  countByMethod(): Promise<readonly MethodCount[]>;
  /** Whether a row is small enough to be stored. */
  fits(row: ClientRow): boolean;
}

const TAG = 'registered-client';
/** Those that a client can register, the one first that it has when it names none (RFC 7591 section 2). */
const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'none',
] as const;

/** Counted by the store: there may be thousands. */
function methodTag(method: unknown): string {
  return `${TAG}:${METHODS.find((one) => one === method) ?? METHODS[0]}`;
}

export function createClientRows(store: Store): ClientRows {
  const keyOf = (clientId: string): string => `registered-client:${clientId}`;
  const write = (row: ClientRow, onlyIf: 'absent' | number): Promise<boolean> =>
    store.put(SPACE, keyOf(row.clientId), JSON.stringify(row), {
      expiresAt: NEVER,
      tags: [TAG, methodTag(row.metadata['token_endpoint_auth_method'])],
      onlyIf,
    });
  return {
    find: async (clientId) => {
      const record = await store.get(SPACE, keyOf(clientId));
      return record === undefined
        ? undefined
        : { row: parse(record.value, clientId), version: record.version };
    },
    add: async (row) => {
      if (await write(row, 'absent')) return;
      throw new StoreError('store_unavailable', 'a new client id was taken already');
    },
    replace: (row, version) => write(row, version),
    remove: (clientId) => store.delete(SPACE, keyOf(clientId)),
    count: async () => (await store.findByTag(SPACE, TAG)).length,
    countByMethod: async () => {
      const counts = METHODS.map(async (method) => {
        const { length: count } = await store.findByTag(SPACE, methodTag(method));
        return { method, count };
      });
      return (await Promise.all(counts)).filter(({ count }) => count > 0);
    },
    fits: (row) => JSON.stringify(row).length <= MAX_VALUE_CHARACTERS,
  };
}

/** @throws StoreError for a row that is damaged: nobody can say who that client is. */
function parse(value: string, clientId: string): ClientRow {
  try {
    const row = JSON.parse(value) as Partial<ClientRow>;
    const isWhole =
      row.clientId === clientId &&
      typeof row.metadata === 'object' &&
      typeof row.issuedAt === 'number' &&
      typeof row.tokenSha256 === 'string' &&
      (row.secret === undefined ||
        (typeof row.secret.sha256 === 'string' && typeof row.secret.expiresAt === 'number'));
    if (isWhole) return row as ClientRow;
  } catch {
    // Told below: the text of a JSON error repeats part of the row.
  }
  throw new StoreError('store_unavailable', 'the row of a registered client does not parse');
}
