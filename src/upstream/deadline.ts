/** A signal with a time limit that costs nothing once it is no longer needed. */

import { Leaving } from '../http/leave-signal.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';

export interface Deadline {
  readonly signal: LeaveSignal;
  /** Lets go of timer and listener. Idempotent. */
  end(): void;
}

/**
 * Aborts with the signal, or after the time with a `TimeoutError`. (`AbortSignal.timeout` and
 * `AbortSignal.any` would keep every finished request in memory until its time is over.)
 */
export function startDeadline(signal: LeaveSignal, timeoutMs: number): Deadline {
  const leaving = new Leaving();
  const leave = (): void => leaving.abort(signal.reason);
  const timer = setTimeout(() => {
    leaving.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  }, timeoutMs);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave);
  return {
    signal: leaving,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    },
  };
}
