/** What the parts of the benchmark tell each other. */

import type { Material } from './material.ts';

/** What a load has done. */
export interface Load {
  readonly operations: number;
  readonly seconds: number;
  /** Of one operation, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** CPU seconds of the generator itself: below `seconds`, it had time left. */
  readonly generatorSeconds: number;
}

/** Something that is measured: the processes whose CPU time counts, and a load on them. */
export interface Subject {
  readonly name: string;
  readonly pids: () => readonly number[];
  readonly run: (operations: number) => Promise<Load>;
}

/** What a subject cost, medians over all rounds. */
export interface Cost {
  readonly name: string;
  /** In the unit of the work. */
  readonly value: number;
  /** Lowest and highest of the rounds. */
  readonly spread: readonly [number, number];
  readonly operationsPerSecond?: number;
  readonly p50?: number;
  readonly p99?: number;
  /** Share of the time in which the generator was busy; near 1 it sets the rate, not the cost. */
  readonly generatorBusy?: number;
  /** CPU microseconds of the generator for one operation. */
  readonly generatorMicros?: number;
  /** Of all its processes behind the last round, in bytes. */
  readonly memory?: number;
}

export interface Row {
  readonly work: string;
  /** The name of that cost which ours is compared with. */
  readonly peer: string;
  readonly unit: string;
  /** The first is ours. */
  readonly costs: readonly Cost[];
}

export interface Kit {
  readonly material: Material;
  readonly rounds: number;
  /** Operations of a full run are multiplied by it. */
  readonly scale: number;
  /** Registers what must be stopped when the work is done, latest first. */
  readonly onDone: (stop: () => Promise<void>) => void;
}

export interface Work {
  readonly name: string;
  readonly measure: (kit: Kit) => Promise<readonly Row[]>;
}
