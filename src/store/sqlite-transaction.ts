/** One transaction of the writer thread: every operation at hand, or none. */

import type { DatabaseSync } from 'node:sqlite';

import type { Operation, Result } from './sqlite-protocol.ts';
import type { WriteStatements } from './sqlite-statements.ts';

/** Expired rows removed with one transaction; about a millisecond of work. */
export const SWEEP_LIMIT = 256;

interface Ledger {
  lastVersion: number;
  rows: number;
}

/**
 * Carries out the operations in their order and returns one result each. When it returns, the
 * transaction is durable; when it throws, nothing of it stands.
 *
 * Lets errors of SQLite pass.
 */
export function runTransaction(
  database: DatabaseSync,
  statements: WriteStatements,
  maxRecords: number,
  operations: readonly Operation[],
): (readonly [number, Result])[] {
  // Immediate: what is read below must still hold when it is written, with a second process too.
  database.exec('BEGIN IMMEDIATE');
  try {
    const before = statements.meta();
    const ledger: Ledger = { ...before };
    const now = Math.max(...operations.map((operation) => operation.now));
    const swept = statements.removeExpired(now, SWEEP_LIMIT);
    ledger.rows -= swept;

    const results = operations.map((operation): readonly [number, Result] => {
      const result = carryOut(statements, ledger, maxRecords, operation);
      const more = operation.kind === 'sweep' && swept === SWEEP_LIMIT;
      return [operation.id, more ? 'more_to_sweep' : result];
    });

    const probed = operations.some(({ kind }) => kind === 'probe' || kind === 'promise');
    if (probed || ledger.lastVersion !== before.lastVersion || ledger.rows !== before.rows) {
      statements.setMeta(ledger);
    }
    database.exec('COMMIT');
    return results;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function carryOut(
  statements: WriteStatements,
  ledger: Ledger,
  maxRecords: number,
  operation: Operation,
): Result {
  switch (operation.kind) {
    case 'put':
      return put(statements, ledger, maxRecords, operation);
    case 'delete':
      ledger.rows -= statements.remove(operation.space, operation.key);
      return 'done';
    case 'delete_by_tag':
      ledger.rows -= statements.removeByTag(operation.space, operation.tag);
      return 'done';
    case 'promise':
      return hasRoom(statements, ledger, maxRecords, operation.now) ? 'done' : 'full';
    case 'probe':
    case 'sweep':
      return 'done';
  }
}

function put(
  statements: WriteStatements,
  ledger: Ledger,
  maxRecords: number,
  operation: Operation & { readonly kind: 'put' },
): Result {
  const { space, key, value, expiresAt, tags, onlyIf, promised, now } = operation;
  const row = statements.find(space, key);
  const live = row !== undefined && row.expiresAt > now ? row : undefined;
  if (onlyIf === 'absent' && live !== undefined) return 'not_held';
  if (typeof onlyIf === 'number' && live?.version !== onlyIf) return 'not_held';

  const needsRoom = row === undefined && !promised;
  if (needsRoom && !hasRoom(statements, ledger, maxRecords, now)) return 'full';

  ledger.lastVersion += 1;
  if (row === undefined) {
    const id = statements.insert(space, key, value, expiresAt, ledger.lastVersion);
    statements.setTags(id, space, tags, true);
    ledger.rows += 1;
    return 'done';
  }
  statements.update(row.id, value, expiresAt, ledger.lastVersion);
  statements.setTags(row.id, space, tags, false);
  return 'done';
}

function hasRoom(
  statements: WriteStatements,
  ledger: Ledger,
  maxRecords: number,
  now: number,
): boolean {
  if (ledger.rows < maxRecords) return true;
  const swept = statements.removeExpired(now, SWEEP_LIMIT);
  ledger.rows -= swept;
  // Nothing expired was left to remove: every row is live, and no live one is ever dropped.
  return swept > 0;
}
