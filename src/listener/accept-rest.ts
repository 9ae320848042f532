/** Connections that the kernel has taken and the program has not: closing the socket would reset them. */

import { setImmediate as turn } from 'node:timers/promises';

/** Connections that come without a pause are not waited for longer. */
const MAX_TURNS = 1_000;

/**
 * Resolves when none waits any more. The event loop accepts one in each turn, so that two turns
 * without one say so.
 *
 * @param onAccepted is given what must be called for each connection that is accepted from now on.
 */
export async function acceptRest(onAccepted: (note: () => void) => void): Promise<void> {
  let quietTurns = 0;
  onAccepted(() => {
    quietTurns = 0;
  });
  for (let turns = 0; quietTurns < 2 && turns < MAX_TURNS; turns += 1) {
    quietTurns += 1;
    await turn();
  }
}
