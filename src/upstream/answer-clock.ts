/** How long an upstream may take to begin its answer. */

import { performance } from 'node:perf_hooks';

export interface AnswerClock {
  /** All is sent that can be. */
  start(): void;
  /** The answer has begun, or more is to be sent. */
  stop(): void;
  /** Nothing is waited for any more. */
  close(): void;
}

/**
 * For one connection, and all its answers: a timer for each would cost more than its head. It runs on
 * from one answer to the next, and looks for how long the one has been waited for.
 */
export function createAnswerClock(timeoutMs: number, onLate: () => void): AnswerClock {
  let timer: NodeJS.Timeout | undefined;
  let since: number | undefined;

  function look(): void {
    timer = undefined;
    if (since === undefined) return;
    const left = since + timeoutMs - performance.now();
    if (left <= 0) onLate();
    else timer = setTimeout(look, left).unref();
  }

  return {
    start: () => {
      since = performance.now();
      timer ??= setTimeout(look, timeoutMs).unref();
    },
    stop: () => {
      since = undefined;
    },
    close: () => {
      since = undefined;
      clearTimeout(timer);
    },
  };
}
