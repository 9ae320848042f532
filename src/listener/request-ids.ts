/** Request ids: 128 random bits as hex. */

import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
/** Ids made from one call of the random generator, which costs as much as all else of an exchange. */
const IDS_AT_ONCE = 256;

/** A function that gives a new, unguessable id at each call. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(ID_BYTES * IDS_AT_ONCE);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const id = pool.toString('hex', at, at + ID_BYTES);
    at += ID_BYTES;
    return id;
  };
}
