/** What `certbound check` says of several workers. */

import type { Config } from '../config/schema.ts';
import { workerCount } from '../workers/worker-count.ts';

/** Returns nothing for one process. */
export function describeWorkers(config: Config): string {
  const count = workerCount(config);
  if (count === 1) return '';
  return (
    `${count} workers; each for itself counts the limits of listeners, connections to upstream ` +
    'and store; all together count rates and wrong passwords\n'
  );
}
