/** Which answer gives way where others wait for its connection: one that its client takes slowly. */

import { RequestError } from '../errors.ts';
import type { HeldUp } from './answer-stream.ts';

/** A connection in use. */
export interface Busy {
  /** Undefined while the upstream is waited for, not the client. */
  heldUp(): HeldUp | undefined;
}

/** Who would get the connection. */
export interface Claim {
  readonly network: string;
  /** `performance.now()` since when it waits. */
  readonly since: number;
}

/** A client takes what it has been given, or has waited for a connection, in less time. */
const PATIENCE_MS = 1_000;

/**
 * Returns the connection of the answer that has to make room; undefined where none has to. It is one
 * of the network that holds the most, and of these the one of which the least was taken of late. Two
 * kinds have to:
 *
 * - answers of which nothing was taken for a second, of networks that hold no less than the one that
 *   waits;
 * - where a network has waited for a second, answers of those that hold two more, or else they would
 *   only have to read slowly.
 *
 * @param busy the connections in use, each with the network that uses it.
 * @param claim of the network that holds the fewest of those that wait.
 */
export function findDisplaced<Connection extends Busy>(
  busy: Iterable<readonly [Connection, string | undefined]>,
  claim: Claim,
  heldBy: (network: string) => number,
  now: number,
): Connection | undefined {
  const least = heldBy(claim.network);
  const hasWaited = now - claim.since >= PATIENCE_MS;
  let found: { readonly connection: Connection; held: number; taken: number } | undefined;
  for (const [connection, network] of busy) {
    const heldUp = network === undefined ? undefined : connection.heldUp();
    if (network === undefined || heldUp === undefined) continue;
    const held = heldBy(network);
    const isIdle = now - heldUp.since >= PATIENCE_MS && held >= least;
    if (!isIdle && !(hasWaited && held > least + 1)) continue;
    const taken = heldUp.takenOfLate(now);
    if (found !== undefined && (held < found.held || (held === found.held && taken >= found.taken)))
      continue;
    found = { connection, held, taken };
  }
  return found?.connection;
}

/** What the reader of an answer is told that has made room. */
export function answerDisplaced(): RequestError {
  return new RequestError({
    status: 503,
    code: 'temporarily_unavailable',
    reason: 'answer_displaced',
    publicText: 'the service is overloaded; try again later',
    detail: 'the client took its answer slowly, and others waited for the connection',
  });
}
