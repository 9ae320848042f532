/**
 * Whether a shared table has room for one more record, without counting it at every write: counted
 * when the program starts and when the table seems full; in between by what this program writes.
 * Other replicas write too, so the count is taken anew from time to time.
 */

export interface RecordRoom {
  /** Whether a new record may be added. Rejects with whatever counting rejects with. */
  hasRoom(): Promise<boolean>;
  /** Tells of records that this program has added or, with a negative number, removed. */
  changed(by: number): void;
  /** Takes the count anew. */
  recount(): Promise<void>;
}

/**
 * @param sweepAndCount removes expired records and says how many are left. Only one at a time runs.
 */
export function createRecordRoom(
  maxRecords: number,
  sweepAndCount: () => Promise<number>,
): RecordRoom {
  let count = Number.POSITIVE_INFINITY;
  let counting: Promise<void> | undefined;

  const recount = (): Promise<void> => {
    counting ??= (async () => {
      try {
        count = await sweepAndCount();
      } finally {
        counting = undefined;
      }
    })();
    return counting;
  };

  return {
    recount,
    changed: (by) => void (count += by),
    hasRoom: async () => {
      if (count < maxRecords) return true;
      await recount();
      return count < maxRecords;
    },
  };
}
