/** How a log line begins: its level, the time, and which process tells. */

import type { LogLevel } from './log-fields.ts';

/** `2026-11-21T09:30:00.`, of which all lines of one second have the same. */
const SECOND_CHARS = 20;

/**
 * A function that gives the brace and the members that stand first in every line, for a time in
 * milliseconds since the epoch. The time is shown as ISO 8601 writes it, in UTC.
 *
 * @param worker the number of this process; undefined where there is but one.
 */
export function createLineHead(
  worker: number | undefined,
): (level: LogLevel, now: number) => string {
  const process = worker === undefined ? '' : `,"worker":${worker}`;
  let second = NaN;
  let secondText = '';
  let shown = { level: '', now: NaN, head: '' };
  return (level, now) => {
    if (shown.now === now && shown.level === level) return shown.head;
    const milliseconds = now % 1_000;
    if (now - milliseconds !== second) {
      second = now - milliseconds;
      secondText = new Date(second).toISOString().slice(0, SECOND_CHARS);
    }
    const rest = String(milliseconds).padStart(3, '0');
    const head = `{"level":"${level}","time":"${secondText}${rest}Z"${process}`;
    shown = { level, now, head };
    return head;
  };
}
