/** The moment that `--at` names. */

import { UsageError } from '../errors.ts';

const ISO_TIME =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Returns milliseconds since the epoch of an ISO 8601 time; UTC where it names no zone.
 *
 * @throws UsageError for anything else, and for days that no calendar has.
 */
export function readTime(text: string): number {
  const { date = '', time = '00:00', zone = 'Z' } = ISO_TIME.exec(text)?.groups ?? {};
  const at = Date.parse(`${date}T${time}${zone}`);
  const day = Date.parse(`${date}T00:00Z`);
  if (Number.isNaN(at) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) {
    throw new UsageError(`--at: expected a time such as 2026-01-31T12:00:00Z, got "${text}"`);
  }
  return at;
}
