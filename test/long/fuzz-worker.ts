/** Feeds one parser with mutants in a thread of its own and tells at each how far it is. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';

import type { Reason } from '../../src/errors.ts';
import { createRandom, mutate } from '../support/mutants.ts';
import { createTreeMutator } from './der-mutants.ts';
import { PARSERS } from './parsers.ts';
import type { Parser, ParserName } from './parsers.ts';

export interface FuzzTask {
  readonly parser: ParserName;
  readonly seed: number;
  readonly inputs: number;
  readonly originals: readonly Uint8Array[];
  /** For whoever watches: how many inputs have been read, the length of the next, its octets. */
  readonly progress: SharedArrayBuffer;
}

export interface FuzzReport {
  readonly accepted: number;
  readonly refused: Readonly<Partial<Record<Reason, number>>>;
  /** The first input whose error is not a refusal. */
  readonly failure?: string;
  /** After a collection, at every eighth of the run. */
  readonly memory: readonly number[];
  readonly slowestMs: number;
}

interface Counts {
  accepted: number;
  slowestMs: number;
  readonly refused: Partial<Record<Reason, number>>;
}

const collect = collector();
const task = workerData as FuzzTask;
parentPort?.postMessage(await run(task, PARSERS[task.parser]));

async function run(given: FuzzTask, parser: Parser): Promise<FuzzReport> {
  const { seed, inputs, originals } = given;
  const counters = new Int32Array(given.progress, 0, 2);
  const shown = new Uint8Array(given.progress, counters.byteLength);
  const random = createRandom(seed);
  const mutators = originals.flatMap((original) => mutatorsOf(original, parser));
  const counts: Counts = { accepted: 0, refused: {}, slowestMs: 0 };
  const memory: number[] = [];
  for (let index = 0; index < inputs; index += 1) {
    const mutant = mutators[random(mutators.length)]?.(random) ?? new Uint8Array();
    counters[1] = mutant.length;
    shown.set(mutant.subarray(0, shown.length));
    const failure = await readOne(mutant, parser, counts);
    if (failure !== undefined) {
      const place = `seed ${seed}, input ${index}: ${Buffer.from(mutant).toString('base64')}`;
      return { ...counts, memory, failure: `${place}: ${failure}` };
    }
    Atomics.store(counters, 0, index + 1);
    if ((index + 1) % Math.ceil(inputs / 8) === 0) memory.push(usedMemory());
  }
  return { ...counts, memory };
}

/** What is wrong with the error, if there is one that is not a refusal. */
async function readOne(
  mutant: Uint8Array,
  parser: Parser,
  counts: Counts,
): Promise<string | undefined> {
  const started = performance.now();
  try {
    const value = parser.read(mutant);
    // Most parsers are synchronous, and a wait costs more than they do.
    if (value instanceof Promise) await value;
    counts.accepted += 1;
    return undefined;
  } catch (error) {
    if (!(error instanceof parser.refusal)) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    counts.refused[error.reason] = (counts.refused[error.reason] ?? 0) + 1;
    return undefined;
  } finally {
    counts.slowestMs = Math.max(counts.slowestMs, performance.now() - started);
  }
}

type Mutator = (random: (below: number) => number) => Uint8Array;

function mutatorsOf(original: Uint8Array, { isDer, repair }: Parser): readonly Mutator[] {
  const plain: Mutator = (random) => mutate(original, random);
  return [
    plain,
    ...(isDer === true && original[0] === 0x30 ? [createTreeMutator(original)] : []),
    ...(repair === undefined ? [] : [(random: Parameters<Mutator>[0]) => repair(plain(random))]),
  ];
}

function usedMemory(): number {
  // What the first one finds unused may hold more, outside of the heap.
  collect();
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc !== 'function') throw new TypeError('no collector at hand');
  return () => void gc();
}
