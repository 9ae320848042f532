/**
 * What is written while the disk is full. Promised writes take their room from the reserve, and so
 * does the removal of what has expired. All else gets what the disk and the log have, and is refused
 * while the reserve is not enough for a promise.
 */

import type { Operation, Result } from './sqlite-protocol.ts';
import { isBusy, lacksRoom } from './sqlite-errors.ts';
import { LEAST_RESERVE_BYTES, RESERVE_BYTES } from './sqlite-reserve.ts';
import type { Reserve } from './sqlite-reserve.ts';

export type Outcome =
  | { readonly kind: 'committed'; readonly results: readonly (readonly [number, Result])[] }
  | {
      readonly kind: 'failed';
      readonly operations: readonly Operation[];
      readonly detail: string;
      readonly lacksRoom: boolean;
      /** Whether the connection can still be trusted. */
      readonly isSound: boolean;
    };

export interface FullDiskDeps {
  readonly reserve: Reserve;
  /** One transaction. Lets errors of SQLite pass. */
  readonly run: (operations: readonly Operation[]) => readonly (readonly [number, Result])[];
  /**
   * Brings the log into the database, so that the next write uses its room again, or the disk gets it
   * (`TRUNCATE`). Returns false where there is no room for what the database grows by.
   */
  readonly foldLog: (mode: 'PASSIVE' | 'TRUNCATE') => boolean;
  readonly notice: (text: string) => void;
}

/** A full disk is not asked for room at every write. */
const RETRY_PAUSE_MS = 1_000;
/**
 * Octets given up at each attempt: what a batch takes, then all. Another process may find them first,
 * but does so once only.
 */
const GIVEN_UP = [RESERVE_BYTES / 4, RESERVE_BYTES, RESERVE_BYTES] as const;
/** Operations of one transaction on the reserve, which must have room for them. */
const BATCH_OPERATIONS = 64;

const USED_UP = 'the disk is full and the reserve of the store is used up';
const REFILLED = 'the reserve of the store is there again';

/**
 * Fills the reserve, and returns what writes a batch: each operation is in one of the outcomes, and each
 * outcome is told when it stands.
 */
export function createFullDiskWrites({ reserve, run, foldLog, notice }: FullDiskDeps) {
  let wasEnough = true;
  let triedAt = performance.now();
  reserve.fill(reserve.canBeWhole() ? RESERVE_BYTES : LEAST_RESERVE_BYTES);

  function hasReserve(): boolean {
    const now = performance.now();
    if (!reserve.isWhole() && now - triedAt >= RETRY_PAUSE_MS) {
      triedAt = now;
      if (reserve.canBeWhole()) reserve.fill(RESERVE_BYTES);
      secureLeast();
    }
    return tell();
  }

  /** The log gives its room for it; what is more than the least stays with the log. */
  function secureLeast(): void {
    if (reserve.isEnough()) return;
    fold('TRUNCATE');
    reserve.fill(LEAST_RESERVE_BYTES);
  }

  function fold(mode: 'PASSIVE' | 'TRUNCATE'): void {
    if (foldLog(mode)) return;
    // The database grows by less than the log gives back.
    onReserve(RESERVE_BYTES, () => foldLog('TRUNCATE'));
  }

  function onReserve<T>(octets: number, write: () => T): T {
    reserve.giveUp(octets);
    try {
      return write();
    } finally {
      // At once: nobody else is to find what was left of it.
      reserve.fill(RESERVE_BYTES);
    }
  }

  function tell(): boolean {
    const isEnough = reserve.isEnough();
    if (isEnough !== wasEnough) notice(isEnough ? REFILLED : USED_UP);
    wasEnough = isEnough;
    return isEnough;
  }

  function attempt(operations: readonly Operation[]): Outcome {
    try {
      return { kind: 'committed', results: run(operations) };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const isWithoutRoom = lacksRoom(error);
      const isSound = isWithoutRoom || isBusy(error);
      return { kind: 'failed', operations, detail, lacksRoom: isWithoutRoom, isSound };
    }
  }

  function attemptTwice(operations: readonly Operation[]): Outcome {
    const outcome = attempt(operations);
    if (!isFull(outcome)) return outcome;
    fold('PASSIVE');
    return attempt(operations);
  }

  function withReserve(operations: readonly Operation[]): Outcome {
    let outcome = attemptTwice(operations);
    for (const octets of GIVEN_UP) {
      if (!isFull(outcome)) break;
      outcome = onReserve(octets, () => attempt(operations));
      secureLeast();
    }
    tell();
    return outcome;
  }

  return function* writeBatch(operations: readonly Operation[]): Generator<Outcome, void> {
    const outcome: Outcome = hasReserve()
      ? attemptTwice(operations)
      : { kind: 'failed', operations, detail: USED_UP, lacksRoom: true, isSound: true };
    if (!isFull(outcome)) {
      yield outcome;
      return;
    }
    const others = operations.filter((operation) => !mayUseReserve(operation));
    if (others.length > 0) yield { ...outcome, operations: others };
    const entitled = operations.filter(mayUseReserve);
    for (let from = 0; from < entitled.length; from += BATCH_OPERATIONS) {
      yield withReserve(entitled.slice(from, from + BATCH_OPERATIONS));
    }
  };
}

function isFull(outcome: Outcome): outcome is Outcome & { readonly kind: 'failed' } {
  return outcome.kind === 'failed' && outcome.lacksRoom;
}

function mayUseReserve(operation: Operation): boolean {
  return operation.kind === 'sweep' || (operation.kind === 'put' && operation.promised);
}
