/** A duration in a log line. */

/** `.001` to `.999` by their thousandths, shown as a number is: without zeros at their end. */
const FRACTIONS: readonly string[] = Array.from({ length: 1_000 }, (_, thousandths) =>
  String(thousandths / 1_000).slice(1),
);

/** Beyond this many microseconds, eleven days, it is written as any number. */
const MAX_MICROSECONDS = 1e12;

/** Milliseconds with up to three decimals, as a number has them. */
export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}

/** The same as JSON writes it: a decimal number is as dear as the rest of a line's numbers. */
export function millisecondsText(seconds: number): string {
  const microseconds = Math.round(seconds * 1e6);
  if (microseconds >= 0 && microseconds < MAX_MICROSECONDS) {
    const whole = Math.trunc(microseconds / 1_000);
    return whole + (FRACTIONS[microseconds - whole * 1_000] ?? '');
  }
  return JSON.stringify(milliseconds(seconds));
}
