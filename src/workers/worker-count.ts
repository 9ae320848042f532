/** How many processes serve. */

import { availableParallelism } from 'node:os';

import type { Config } from '../config/schema.ts';

/** Returns how many a configuration asks for on this machine, by the limit of the container, too. */
export function workerCount({ workers }: Pick<Config, 'workers'>): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
