/** The access log of a server, read while it is written. */

import { EventEmitter, once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import type { Origin } from './origin.ts';

export interface AccessLog extends Pick<Origin, 'seen'> {
  /** Where the server writes the request lines, and nothing else. */
  readonly path: string;
}

/** Longer than any of the servers keeps a line to itself. */
const WAIT_MS = 30_000;

export async function createAccessLog(t: TestContext): Promise<AccessLog> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-origin-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'access.log');
  await writeFile(path, '', { mode: 0o666 });
  const told = new EventEmitter();
  const watcher = watch(path, () => told.emit('change'));
  t.after(() => watcher.close());
  return {
    path,
    seen: async (awaited) => {
      const signal = AbortSignal.timeout(WAIT_MS);
      for (;;) {
        const changed = once(told, 'change', { signal });
        const requests = requestsIn(await readFile(path, 'latin1'));
        if (requests.some((request) => request.split(' ')[1] === awaited)) {
          changed.catch(() => {});
          return requests;
        }
        await changed;
      }
    },
  };
}

/** A server writes what it could not read as a request in some way of its own. */
function requestsIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/ HTTP\/1\.[01]$/, ''));
}
