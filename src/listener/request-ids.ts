/** Request ids: 128 random bits as hex. */

import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
const ID_CHARS = 2 * ID_BYTES;
/** Ids made at once, since to ask for random octets costs as much as all else of an exchange. */
const IDS_AT_ONCE = 128;

/** A function that gives a new, unguessable id at each call. */
export function createRequestIds(): () => string {
  const octets = Buffer.alloc(ID_BYTES * IDS_AT_ONCE);
  let ids = '';
  let at = 0;
  return () => {
    if (at === ids.length) {
      ids = randomFillSync(octets).toString('hex');
      at = 0;
    }
    const id = ids.slice(at, at + ID_CHARS);
    at += ID_CHARS;
    return id;
  };
}
