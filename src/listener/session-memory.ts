/**
 * What the engines of a listener hand on to each other, so that a session that began before a reload
 * can be resumed after it. What is believed of its certificate is decided anew in any case.
 */

import { randomBytes } from 'node:crypto';
import { createSessionRecord } from './session-record.ts';
import type { SessionRecord } from './session-record.ts';
import type { SharedSessions } from './shared-sessions.ts';

const SECRET_BYTES = 48;

export interface SessionMemory {
  /** For ticket keys, where the configuration has no secret for them. */
  readonly secret: Uint8Array;
  /** The record of what is resumed under this purpose; one of another lifetime is another record. */
  recordOf(purpose: string, lifetimeMs: number): SessionRecord;
  /** The records that were asked for, by their purpose and lifetime. */
  readonly records: ReadonlyMap<string, SessionRecord>;
}

/**
 * @param before the memory of the engine that this one's engine takes the place of.
 * @param shared with other processes, which are told of each chain that is kept.
 */
export function createSessionMemory(
  before?: Pick<SessionMemory, 'secret' | 'records'>,
  shared?: SharedSessions,
): SessionMemory {
  // Copied, so that no memory holds on to all those before it.
  const inherited = new Map(before?.records);
  const records = new Map<string, SessionRecord>();
  return {
    secret: before?.secret ?? shared?.secret ?? randomBytes(SECRET_BYTES),
    recordOf: (purpose, lifetimeMs) => {
      const key = `${lifetimeMs} ${purpose}`;
      const record = inherited.get(key) ?? createSessionRecord(lifetimeMs);
      records.set(key, record);
      if (shared === undefined) return record;
      return {
        offered: record.offered,
        keep: (chain) => {
          const isKept = record.keep(chain);
          if (isKept) shared.tell(key, chain);
          return isKept;
        },
      };
    },
    records,
  };
}
