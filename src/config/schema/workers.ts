/** How many processes serve. */

import { z } from 'zod';

export const workers = z
  .union([z.int().min(1).max(64), z.literal('auto')])
  .default(1)
  .describe(
    'Processes that serve the listeners. 1: the program itself. More: one process that serves nobody keeps so many, and replaces one that ends; auto: as many as there are processors, or as the limit of the container allows. Each has its own connections and its own limits, counts of wrong passwords and caches; the memory engine of the store is refused. See docs/operations.md.',
  );
