/**
 * The sockets on which the primary process accepts for its workers. Node's cluster closes one with the
 * last worker that serves it, and what it has accepted for them by then is reset. Here they are closed
 * before: what the kernel holds is accepted, then no more, and the workers take it before they stop.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';

import { acceptRest } from '../listener/accept-rest.ts';

export interface ListeningSockets {
  /** Accepts what has come, and no more. Idempotent. */
  close(): Promise<void>;
  /** Ends the watch for new ones. */
  forget(): void;
}

/** What cluster holds for a socket on which it accepts (internal/cluster/round_robin_handle). */
interface Handle {
  onconnection: (...accepted: readonly unknown[]) => void;
  close(): void;
}

type Listening = Server & { readonly _handle: Handle | null };

const LISTENS = 'tracing:net.server.listen:asyncEnd';

/** Must be called before the first worker is forked. */
export function watchListeningSockets(): ListeningSockets {
  const seen = new Map<Listening, Handle>();
  const onListening = (message: unknown): void => {
    const { server } = message as { readonly server: Listening };
    if (server._handle !== null) seen.set(server, server._handle);
  };
  subscribe(LISTENS, onListening);
  return {
    close: async () => {
      // Cluster takes the socket away from its server; all others are not for workers.
      const ofWorkers = [...seen].filter(([server, handle]) => server._handle !== handle);
      await Promise.all(ofWorkers.map(([, handle]) => closeWhenEmpty(handle)));
    },
    forget: () => void unsubscribe(LISTENS, onListening),
  };
}

async function closeWhenEmpty(handle: Handle): Promise<void> {
  const { onconnection } = handle;
  await acceptRest((note) => {
    handle.onconnection = (...accepted) => {
      note();
      onconnection(...accepted);
    };
  });
  // Once more by cluster, when the last worker has gone: that does nothing.
  handle.close();
}
