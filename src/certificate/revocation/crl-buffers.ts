/** What of lists is handed to another thread whole instead of copied. */

import { isMarkedAsUntransferable } from 'node:worker_threads';

import type { Crl } from './crl.ts';

/** Returns the buffers of the entries. Those that Node shares between small buffers stay here. */
export function crlBuffers(crls: readonly Crl[]): ArrayBuffer[] {
  const views = crls.flatMap(({ entries }) => [entries.source, entries.index]);
  const buffers = new Set(views.map(({ buffer }) => buffer));
  return [...buffers].filter(
    (buffer) => buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer),
  ) as ArrayBuffer[];
}
