/** What a configuration wants of this machine: addresses of its own, and a place for the store's file. */

import { access, constants } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

import type { KeyPath } from '../config/positions.ts';
import type { Config } from '../config/schema.ts';

export interface ReachTarget {
  readonly keyPath: KeyPath;
  /** For people: without credentials and query. */
  readonly address: string;
  /** Resolves, with notices, where the gateway could work with what is there. */
  readonly ask: () => Promise<readonly string[]>;
}

export function machineTargets({ listeners, management, store }: Config): readonly ReachTarget[] {
  return [
    ...listeners.map(({ address }, index) =>
      addressTarget(['listeners', index, 'address'], address),
    ),
    addressTarget(['management', 'address'], management.address),
    ...(store.engine === 'sqlite' ? [fileTarget(['store', 'path'], store.path)] : []),
  ];
}

/** One that is in use may be so by the gateway that is running. */
function addressTarget(
  keyPath: KeyPath,
  { host, port }: Config['management']['address'],
): ReachTarget {
  const ask = async (): Promise<readonly string[]> => {
    const server = createServer();
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(['is in use already']);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve([])));
    return promise;
  };
  return { keyPath, address: `${host}:${port}`, ask };
}

/** Folders that are missing are made at the start, below the nearest one that is there. */
function fileTarget(keyPath: KeyPath, path: string): ReachTarget {
  const ask = async (place = path): Promise<readonly string[]> => {
    try {
      await access(place, constants.R_OK | constants.W_OK);
      return [];
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isMissing || place === dirname(place)) throw error;
      return ask(dirname(place));
    }
  };
  return { keyPath, address: path, ask: () => ask() };
}
