/** Runs a parser over many mutants in a thread, and ends it when it hangs. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { FuzzReport, FuzzTask } from './fuzz-worker.ts';

/** Far beyond what any input takes, pauses of a busy machine included. */
const HANG_MS = 20_000;

/** Longer than any original. */
const MAX_SHOWN = 65_536;

export interface FuzzOutcome extends FuzzReport {
  readonly seconds: number;
}

/** Throws when one input takes longer than 20 seconds, with its octets. */
export async function fuzz(task: Omit<FuzzTask, 'progress'>): Promise<FuzzOutcome> {
  const progress = new SharedArrayBuffer(8 + MAX_SHOWN);
  const counters = new Int32Array(progress, 0, 2);
  const started = performance.now();
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), {
    workerData: { ...task, progress },
  });
  const hung = new AbortController();
  let seen = -1;
  const watch = setInterval(() => {
    const now = Atomics.load(counters, 0);
    if (now === seen && now < task.inputs) hung.abort();
    seen = now;
  }, HANG_MS);
  try {
    const [report] = (await once(worker, 'message', { signal: hung.signal })) as [FuzzReport];
    return { ...report, seconds: (performance.now() - started) / 1_000 };
  } catch (error) {
    if (!hung.signal.aborted) throw error;
    const input = Buffer.from(progress, 8, Math.min(counters[1] ?? 0, MAX_SHOWN));
    const place = `seed ${task.seed}, input ${seen}: ${input.toString('base64')}`;
    throw new Error(`the parser of ${task.parser} hangs: ${place}`, { cause: error });
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
