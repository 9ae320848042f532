/** The key set of a client (RFC 7517 section 5), read strictly: one bad key makes it a bad set. */

import { setImmediate } from 'node:timers/promises';

import { KeySetError } from '../../errors.ts';
import { readJwk } from './jwk.ts';
import type { RegisteredKey } from './jwk.ts';
import { hasUniqueMembers } from './unique-members.ts';

export interface Jwks {
  /** The keys that a client certificate can have; others of the set are passed over. */
  readonly keys: readonly RegisteredKey[];
}

/** A hundred keys with a certificate each. */
export const maxJwksBytes = 262_144;
const maxKeys = 100;

/**
 * Reads the text of a key set.
 *
 * @throws KeySetError when it is too large, not UTF-8, not JSON, has a member twice, or as
 *   `readJwks` does.
 */
export async function parseJwks(octets: Uint8Array): Promise<Jwks> {
  if (octets.length > maxJwksBytes) throw new KeySetError(`more than ${maxJwksBytes} octets`);
  const text = decode(octets);
  const value = parseJson(text);
  if (!hasUniqueMembers(text)) throw new KeySetError('a member stands twice');
  return readJwks(value);
}

/**
 * Reads a key set that is plain data already. Takes one key per turn of the event loop, as each may
 * bring a chain of certificates.
 *
 * @throws KeySetError naming the key and what is wrong with it.
 */
export async function readJwks(value: unknown): Promise<Jwks> {
  const entries = listOf(value);
  const keys: RegisteredKey[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index > 0) await setImmediate();
    const key = readEntry(entry, index);
    if (key !== undefined) keys.push(key);
  }
  return Object.freeze({ keys: Object.freeze(keys) });
}

function listOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'keys')) {
    throw new KeySetError('not an object with "keys"');
  }
  const { keys } = value as { readonly keys: unknown };
  if (!Array.isArray(keys)) throw new KeySetError('"keys" is not a list');
  if (keys.length > maxKeys) throw new KeySetError(`more than ${maxKeys} keys`);
  return keys;
}

function readEntry(entry: unknown, index: number): RegisteredKey | undefined {
  try {
    return readJwk(entry);
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error;
    throw new KeySetError(`keys[${index}] ${error.message}`, error);
  }
}

function decode(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch (error) {
    throw new KeySetError('not UTF-8', error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text, which may be a page meant for nobody's log.
    throw new KeySetError('not JSON', error);
  }
}
