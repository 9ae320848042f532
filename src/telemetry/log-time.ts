/** The time in a log line. */

/** `2026-11-21T09:30:00.`, of which all lines of one second have the same. */
const SECOND_CHARS = 20;

/** A function that gives this moment as ISO 8601 writes it, in UTC, to the millisecond. */
export function createLogTime(): () => string {
  let second = NaN;
  let text = '';
  return () => {
    const now = Date.now();
    const milliseconds = now % 1_000;
    if (now - milliseconds !== second) {
      second = now - milliseconds;
      text = new Date(second).toISOString().slice(0, SECOND_CHARS);
    }
    return `${text}${String(milliseconds).padStart(3, '0')}Z`;
  };
}
