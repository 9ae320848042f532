/** Fields that come with many requests, as those that hold for a connection do. */

import type { HeaderList } from '../http/exchange.ts';
import { fieldLines, mayStand } from '../http/field-lines.ts';
import type { FieldLines } from '../http/field-lines.ts';
import type { HeadWriter } from '../http/head-writer.ts';

/** Adds the fields of a list to a head. */
export type WriteStandingFields = (writer: HeadWriter, fields: HeaderList) => void;

/**
 * Returns what makes lines of a list when it comes for the second time. Of some only one request ever
 * comes: of connections that end with it, of ways through a balancer.
 */
export function createStandingFields(): WriteStandingFields {
  const known = new WeakMap<HeaderList, FieldLines | 'seen'>();
  return (writer, fields) => {
    const before = known.get(fields);
    if (before === undefined) {
      known.set(fields, 'seen');
      for (const field of fields) {
        if (mayStand(field[0])) writer.add(field[0], field[1]);
        else writer.addLines(undefined);
      }
      return;
    }
    const lines = before === 'seen' ? fieldLines(fields) : before;
    if (lines !== undefined) known.set(fields, lines);
    writer.addLines(lines);
  };
}
