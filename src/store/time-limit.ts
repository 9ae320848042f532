/** The longest wait for an operation of a store across a network. */

import { StoreError } from '../errors.ts';

/**
 * The outcome of an operation, when it comes in time.
 *
 * @throws StoreError `store_unavailable` when it fails or does not come: whether a write was done is
 * then not known, so that the caller must act as if it was not.
 */
export async function withinTimeLimit<T>(operation: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new StoreError('store_unavailable', `no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await Promise.race([operation, late]);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError('store_unavailable', describe(cause), cause);
  } finally {
    clearTimeout(timer);
  }
}

/** What a client library says of a failure; an AggregateError says it in its parts alone. */
export function describe(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(describe).join(', ');
  return cause instanceof Error ? cause.message : 'failed';
}
