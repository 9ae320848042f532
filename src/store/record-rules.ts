/** What every engine refuses before it takes a record, so that one bad record can't spoil a batch. */

import { StoreError } from '../errors.ts';
import type { PutOptions, Space } from './store.ts';

/** A session with claims is the largest thing stored, a few KiB; ten times that is an error. */
export const MAX_VALUE_CHARACTERS = 65_536;
export const MAX_NAME_CHARACTERS = 512;
export const MAX_TAGS = 16;

/**
 * Checks the names of a record: space and key, or space and tag.
 *
 * @throws StoreError when one is empty, too long or not well-formed Unicode; text that is not
 * well-formed would come back from a database as a different key.
 */
export function checkNames(...names: readonly string[]): void {
  for (const name of names) {
    if (name === '' || name.length > MAX_NAME_CHARACTERS || !name.isWellFormed()) {
      throw refused(`a name of ${name.length} characters`);
    }
  }
}

/**
 * Checks a record that is to be written.
 *
 * @throws StoreError when it breaks a bound or its expiry is not a whole number of seconds.
 */
export function checkRecord(space: Space, key: string, value: string, options: PutOptions): void {
  const tags = options.tags ?? [];
  checkNames(space, key, ...tags);
  if (tags.length > MAX_TAGS) throw refused(`${tags.length} tags`);
  if (value.length > MAX_VALUE_CHARACTERS || !value.isWellFormed()) {
    throw refused(`a value of ${value.length} characters`);
  }
  if (!Number.isSafeInteger(options.expiresAt) || options.expiresAt < 0) {
    throw refused(`expiry ${options.expiresAt}`);
  }
}

function refused(what: string): StoreError {
  return new StoreError('store_unavailable', `record refused: ${what}`);
}
