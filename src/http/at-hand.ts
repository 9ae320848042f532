/** Work on what may be at hand already, so that nobody waits who need not: each wait has its price. */

/**
 * What `next` makes of the value: at once where that is there, else when it has come. At once means
 * that `next` throws to the caller in place of rejecting.
 */
export function whenAtHand<Value, Result>(
  value: Value | Promise<Value>,
  next: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
