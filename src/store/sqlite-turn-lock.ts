/**
 * The lock of a reader, kept for all look-ups of one turn of the event loop. SQLite takes it for the
 * whole process: while one connection has it, the others need no system calls for theirs, which are
 * most of what a look-up costs. Each look-up still sees what is committed at its own moment.
 */

import type { DatabaseSync } from 'node:sqlite';

export interface TurnLock {
  /** To be called before each look-up. Lets errors of SQLite pass. */
  keep(): void;
  /** Until it is kept again. */
  release(): void;
}

/**
 * While anybody has a lock the log can't begin anew, and under load there is nearly always somebody.
 * So nobody keeps one at the beginning of each period, which by the clock is the same for all
 * processes: then it does, as it did before there were locks that are kept.
 */
const PERIOD_MS = 200;
const REST_MS = 20;

/**
 * @param database a connection for the lock alone.
 * @param now milliseconds since the epoch.
 *
 * Lets errors of SQLite pass.
 */
export function createTurnLock(database: DatabaseSync, now: () => number): TurnLock {
  const begin = database.prepare('BEGIN');
  const read = database.prepare('SELECT rows FROM meta');
  const commit = database.prepare('COMMIT');
  let lookUps = 0;
  let isKept = false;

  function take(): void {
    begin.get();
    // A transaction has no lock before it reads.
    read.get();
    isKept = true;
  }

  function release(): void {
    // A connection that is closed has given it back.
    if (isKept && database.isOpen) commit.get();
    isKept = false;
  }

  function endTurn(): void {
    lookUps = 0;
    release();
  }

  return {
    keep() {
      lookUps += 1;
      if (lookUps === 1) setImmediate(endTurn);
      // One look-up alone gains nothing by it.
      else if (!isKept && now() % PERIOD_MS >= REST_MS) take();
    },
    release,
  };
}
