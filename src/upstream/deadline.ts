/** A signal with a time limit that costs nothing once it is no longer needed. */

export interface Deadline {
  readonly signal: AbortSignal;
  /** Lets go of timer and listener. Idempotent. */
  end(): void;
}

/**
 * Aborts with the signal, or after the time with a `TimeoutError`. (`AbortSignal.timeout` and
 * `AbortSignal.any` would keep every finished request in memory until its time is over.)
 */
export function startDeadline(signal: AbortSignal, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const leave = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  }, timeoutMs);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    },
  };
}
