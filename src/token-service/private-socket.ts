/** A Unix socket that only this process's user can reach, in a folder of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';

import { StartError } from '../errors.ts';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the last one a NUL. */
const MAX_PATH_BYTES = 103;

/** How long answers under way get once the socket closes; the gateway has drained before. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface PrivateSocket {
  readonly path: string;
  /** Ends all connections and removes the folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens on a fresh socket. mkdtemp makes the folder with mode 0700.
 *
 * @throws StartError when there is no place for it.
 */
export async function listenPrivately(server: Server): Promise<PrivateSocket> {
  const folder = await makeFolder();
  const path = join(folder, 'http.sock');
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    if (server.listening) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    }
    await rm(folder, { recursive: true, force: true });
  }

  try {
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
      throw new StartError(`the folder for temporary files has too long a name: ${tmpdir()}`);
    }
    await listen(server, path);
  } catch (cause) {
    await close();
    if (cause instanceof StartError) throw cause;
    throw new StartError(`the private socket ${path} can't be opened`, cause);
  }
  return { path, close: () => (closing ??= close()) };
}

async function makeFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'certbound-'));
  } catch (cause) {
    throw new StartError(`no folder can be made in ${tmpdir()}`, cause);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // In a worker: it is this process's own, and not one that all of them share.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
