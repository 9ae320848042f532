/** How many processes serve. */

import { z } from 'zod';

export const workers = z
  .union([z.int().min(1).max(64), z.literal('auto')])
  .default(1)
  .describe(
    'Processes that serve the listeners. 1: the program itself. More: one process that serves nobody keeps so many, and replaces one that ends; auto: as many as there are processors, or as the limit of the container allows. Each has its own connections, limits of them, and caches; rates and wrong passwords count for all together; the memory engine of the store is refused. See docs/operations.md.',
  );
