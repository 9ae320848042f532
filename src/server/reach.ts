/** Whether what a configuration sends the gateway to can be had from this machine, now. */

import type { Material } from '../config/check.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { ConfigProblem } from '../errors.ts';
import { CertboundError } from '../errors.ts';
import { reachTargets } from './reach-targets.ts';
import type { ReachTarget } from './reach-machine.ts';

export interface Reached {
  /** The key that names the address. */
  readonly key: string;
  /** Without credentials and query. */
  readonly address: string;
  /** Milliseconds until it was known. */
  readonly tookMs: number;
  /** What is wrong with it, with its place; absent where it was reached. */
  readonly problem?: ConfigProblem;
  /** What an operator should know of a server that was reached. */
  readonly notices: readonly string[];
}

/** Of one target; the sum is bounded by the last question beginning in time. */
const TARGET_TIMEOUT_MS = 5_000;
const ALL_TIMEOUT_MS = 60_000;
const AT_ONCE = 8;

/**
 * Asks every target once, a few at a time. Never rejects for what a target does: each has its own
 * outcome, in the order of the targets. Takes about 65 seconds at most.
 */
export async function reachAll(
  loaded: LoadedConfig,
  material: Material,
): Promise<readonly Reached[]> {
  const targets = reachTargets(loaded.config, material, TARGET_TIMEOUT_MS);
  const outcomes = new Map<ReachTarget, Reached>();
  const queue = targets.values();
  const startedAt = performance.now();
  const worker = async (): Promise<void> => {
    for (const target of queue) {
      const isLate = performance.now() - startedAt > ALL_TIMEOUT_MS;
      outcomes.set(target, await reach(target, loaded, isLate));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return targets.flatMap((target) => outcomes.get(target) ?? []);
}

async function reach(
  { keyPath, address, ask }: ReachTarget,
  { problemAt }: LoadedConfig,
  isLate: boolean,
): Promise<Reached> {
  const startedAt = performance.now();
  const outcome = (text?: string, notices: readonly string[] = []): Reached => {
    // A fetch names its address itself.
    const said = text?.startsWith(`${address}: `) === true ? text : `${address}: ${text ?? ''}`;
    const placed = problemAt(keyPath, said);
    const tookMs = Math.round(performance.now() - startedAt);
    return {
      key: placed.key,
      address,
      tookMs,
      notices,
      ...(text !== undefined && { problem: placed }),
    };
  };
  if (isLate) return outcome(`was not asked: the others took ${ALL_TIMEOUT_MS / 1_000} s`);
  try {
    return outcome(undefined, await withinTime(ask()));
  } catch (error) {
    return outcome(describe(error));
  }
}

/** A target that neither answers nor gives up must not hold up the rest. */
async function withinTime<T>(asked: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timeout = new Error(`nothing came within ${TARGET_TIMEOUT_MS} ms`);
  // A little more than what each target is given, whose own words say more.
  const timer = setTimeout(() => reject(timeout), TARGET_TIMEOUT_MS + 500);
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

/** An AggregateError, of a name with several addresses, says it in its parts alone. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  if (error instanceof CertboundError) return error.message;
  return error instanceof Error ? error.message : 'failed';
}
