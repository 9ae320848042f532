/** Long work in slices, so that the event loop serves clients in between. */

import { setImmediate } from 'node:timers/promises';

import { RequestError } from '../errors.ts';

/** Awaited between two pieces of work: resolves at once, or after others had their turn. */
export type Pause = () => Promise<void>;

export interface PauseOptions {
  /** For all slices and pauses together. */
  readonly maxTotalMs: number;
  /** Ends the work: nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/** A verdict on the worst chain takes 4 ms, so that one slice and one verdict hold the loop for 5. */
const SLICE_MS = 1;

/** For work that has its process to itself. */
export const noPause: Pause = async () => {};

/** Returns the pauses of one piece of work; they reject with RequestError `overloaded` to end it. */
export function createPause({ maxTotalMs, signal }: PauseOptions): Pause {
  const start = performance.now();
  let sliceStart = start;
  return async () => {
    if (signal?.aborted === true) throw overloaded('the caller has left');
    if (performance.now() - start >= maxTotalMs) {
      throw overloaded(`not done after ${maxTotalMs} ms: name one client`);
    }
    if (performance.now() - sliceStart < SLICE_MS) return;
    await setImmediate();
    sliceStart = performance.now();
  };
}

function overloaded(publicText: string): RequestError {
  return new RequestError({ status: 503, code: 'overloaded', reason: 'overloaded', publicText });
}
