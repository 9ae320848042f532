/**
 * The lock of a reader, kept from the first look-up of a turn of the event loop to its end. SQLite
 * takes it for the whole process: while one connection has it, the others need no system calls for
 * theirs, which are most of what a look-up costs. The first look-up takes it with what it reads in a
 * transaction; none after it is part of that, so that each sees what is committed at its own moment.
 */

import type { DatabaseSync } from 'node:sqlite';

export interface TurnLock {
  /**
   * To be called before each look-up. Where it returns true the connection of the lock must make it.
   * Lets errors of SQLite pass.
   */
  take(): boolean;
  /** Until it is taken again. */
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
 * @param database reads nothing but the look-ups that it must make.
 * @param now milliseconds since the epoch.
 *
 * Lets errors of SQLite pass.
 */
export function createTurnLock(database: DatabaseSync, now: () => number): TurnLock {
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  let isKept = false;
  let turnEnds = false;

  function release(): void {
    // A connection that is closed has given it back.
    if (isKept && database.isOpen) commit.get();
    isKept = false;
  }

  function endTurn(): void {
    turnEnds = false;
    release();
  }

  return {
    take() {
      if (isKept || now() % PERIOD_MS < REST_MS) return false;
      if (!turnEnds) setImmediate(endTurn);
      turnEnds = true;
      begin.get();
      isKept = true;
      return true;
    },
    release,
  };
}
