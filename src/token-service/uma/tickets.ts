/** Permission tickets (UMA 2.0 Grant section 3.3.3): kept for a short time, good for one use. */

import { createHash, randomBytes } from 'node:crypto';

import { StoreError } from '../../errors.ts';
import { SPACE } from './resources.ts';
import { readPermissions, writePermission } from './permission.ts';
import type { Store } from '../../store/store.ts';
import type { Allowance } from './allowance.ts';
import type { Permission } from './permission.ts';

export interface TicketsOptions {
  readonly store: Store;
  readonly lifetimeMs: number;
  readonly mayIssue: Allowance;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Both methods reject with StoreError when the store fails. */
export interface Tickets {
  /** Returns a ticket, or undefined where the resource server has asked for too many. */
  issue(clientId: string, permissions: readonly Permission[]): Promise<string | undefined>;
  /**
   * Returns what the ticket stands for, once: of several that redeem it at the same time one gets
   * it. Undefined for a ticket that is unknown, expired or redeemed.
   */
  redeem(ticket: string): Promise<readonly Permission[] | undefined>;
}

const TICKET_BYTES = 32;
const REDEEMED = 'redeemed';

export function createTickets(options: TicketsOptions): Tickets {
  const { store, lifetimeMs, mayIssue, now } = options;

  return {
    async issue(clientId, permissions) {
      if (!mayIssue(clientId)) return undefined;
      const ticket = randomBytes(TICKET_BYTES).toString('base64url');
      await store.put(SPACE, keyOf(ticket), JSON.stringify(permissions.map(writePermission)), {
        expiresAt: Math.ceil((now() + lifetimeMs) / 1_000),
        onlyIf: 'absent',
      });
      return ticket;
    },

    async redeem(ticket) {
      const record = await store.get(SPACE, keyOf(ticket));
      if (record === undefined || record.value === REDEEMED) return undefined;
      const permissions = parse(record.value);
      const { expiresAt, version } = record;
      const isFirst = await store.put(SPACE, keyOf(ticket), REDEEMED, {
        expiresAt,
        onlyIf: version,
      });
      return isFirst ? permissions : undefined;
    },
  };
}

/** The store never holds a ticket that could be redeemed. */
function keyOf(ticket: string): string {
  return `ticket:${createHash('sha256').update(ticket).digest('base64url')}`;
}

function parse(value: string): readonly Permission[] {
  try {
    const permissions = readPermissions(JSON.parse(value));
    if (permissions !== undefined) return permissions;
  } catch {
    // Told below: the text of a JSON error repeats part of the record.
  }
  throw new StoreError('store_unavailable', 'a permission ticket does not parse');
}
