/** Long work on the event loop, in slices with turns for requests in between. */

import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 1;

/** Collects what the pieces of a work give; no piece should take longer than a slice. */
export async function inSlices<Of>(pieces: Iterable<readonly Of[]>): Promise<readonly Of[]> {
  const all: Of[] = [];
  let began = performance.now();
  for (const piece of pieces) {
    all.push(...piece);
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    began = performance.now();
  }
  return all;
}
