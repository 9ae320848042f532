/** Looks for cases in which one of our readers is laxer than Node's own, and makes them small. */

import { createRandom } from '../support/mutants.ts';
import { AT_ONCE, COMPARISONS } from './comparisons.ts';
import type { Comparison, ComparisonName } from './comparisons.ts';
import { shrink } from './shrink.ts';
import type { Case } from './shrink.ts';

export interface SeekTask {
  readonly name: ComparisonName;
  readonly seed: number;
  readonly cases: number;
}

export interface SeekReport {
  readonly cases: number;
  /** Messages that our reader took, and the reference. */
  readonly ours: number;
  readonly reference: number;
  /** Each as a line to be read, with the case as JSON. */
  readonly found: readonly string[];
}

/** After so many the reason is a common one. */
const MAX_FOUND = 5;

export async function seek({ name, seed, cases }: SeekTask): Promise<SeekReport> {
  const comparison = COMPARISONS[name]();
  const random = createRandom(seed);
  const found: Case[] = [];
  const counts = { cases: 0, ours: 0, reference: 0 };
  const compareSome = async (): Promise<void> => {
    while (counts.cases < cases && found.length < MAX_FOUND) {
      counts.cases += 1;
      const each = comparison.generate(random);
      const { problem, ours, reference } = await comparison.compare(each);
      counts.ours += ours;
      counts.reference += reference;
      if (problem !== undefined) found.push(each);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, compareSome));
    const lines: string[] = [];
    for (const each of found) lines.push(await small(each, comparison));
    return { ...counts, found: lines };
  } finally {
    comparison.close();
  }
}

async function small(found: Case, comparison: Comparison): Promise<string> {
  const problemOf = async (each: Case): Promise<string | undefined> =>
    (await comparison.compare(each)).problem;
  const smallest = await shrink(found, async (each) => (await problemOf(each)) !== undefined);
  return `${JSON.stringify(smallest)}: ${await problemOf(smallest)}`;
}
