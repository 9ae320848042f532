/** How often time limits are checked. */

/** Milliseconds; often enough for a limit to hold within a tenth of itself, at most once a second. */
export function checkingInterval(limitMs: number): number {
  return Math.min(1_000, Math.max(10, Math.floor(limitMs / 10)));
}
