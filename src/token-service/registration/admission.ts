/** How many clients there may be. */

import { RequestError } from '../../errors.ts';

/** More wait for nothing but each other. */
const MAX_WAITING = 64;

/**
 * Returns what lets a client be added while there is room for it. One after the other, so that
 * requests at the same moment don't all see the last place; of several replicas each may be one
 * too far.
 *
 * @throws RequestError 503; whatever counting and adding reject with.
 */
export function createAdmission(
  maxClients: number,
  count: () => Promise<number>,
): (add: () => Promise<unknown>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;

  const admit = async (add: () => Promise<unknown>): Promise<void> => {
    if ((await count()) >= maxClients) {
      throw unavailable('registration_full', 'no more clients can be registered');
    }
    await add();
  };

  return async (add) => {
    if (waiting >= MAX_WAITING) {
      throw unavailable('overloaded', 'too many clients are being registered');
    }
    waiting += 1;
    const own = last.then(() => admit(add));
    last = own.catch(() => undefined);
    try {
      await own;
    } finally {
      waiting -= 1;
    }
  };
}

function unavailable(reason: 'registration_full' | 'overloaded', publicText: string): RequestError {
  return new RequestError({
    status: 503,
    code: 'temporarily_unavailable',
    reason,
    publicText,
    headers: [['retry-after', '60']],
  });
}
