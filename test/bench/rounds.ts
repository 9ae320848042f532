/** The measurement: all subjects in turn, round by round, so that what drifts drifts for all. */

import type { Cost, Load, Subject } from './bench.ts';
import { cpuMicroseconds, residentBytes } from './process-cost.ts';
import { median, spreadOf } from './statistics.ts';

export interface Rounds {
  readonly rounds: number;
  readonly operations: number;
  /** Before the first round, once for each subject: code is compiled and connections are open. */
  readonly warmUp: number;
}

/**
 * After so many requests V8 has compiled what is hot, as in every gateway that has run for a minute.
 * Before, a fifth of its CPU time goes there. As many in quick runs.
 */
export const WARM_REQUESTS = 30_000;

interface Round {
  readonly load: Load;
  readonly micros: number;
}

/** CPU microseconds an operation of each subject, in their order. */
export async function measureRounds(
  subjects: readonly Subject[],
  { rounds, operations, warmUp }: Rounds,
): Promise<readonly Cost[]> {
  for (const subject of subjects) await subject.run(warmUp);
  const seen = subjects.map((): Round[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      const before = cpuMicroseconds(subject.pids());
      const load = await subject.run(operations);
      const micros = (cpuMicroseconds(subject.pids()) - before) / load.operations;
      seen[index]?.push({ load, micros });
    }
  }
  return subjects.map((subject, index) => costOf(subject, seen[index] ?? []));
}

function costOf({ name, pids }: Subject, rounds: readonly Round[]): Cost {
  const micros = rounds.map((round) => round.micros);
  const medianOf = (of: (load: Load) => number): number =>
    median(rounds.map(({ load }) => of(load)));
  return {
    name,
    value: median(micros),
    spread: spreadOf(micros),
    operationsPerSecond: medianOf(({ operations, seconds }) => operations / seconds),
    p50: medianOf(({ p50 }) => p50),
    p99: medianOf(({ p99 }) => p99),
    generatorBusy: medianOf(({ generatorSeconds, seconds }) => generatorSeconds / seconds),
    generatorMicros: medianOf(
      ({ generatorSeconds, operations }) => (generatorSeconds * 1_000_000) / operations,
    ),
    memory: residentBytes(pids()),
  };
}
