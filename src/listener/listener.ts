/** One address on which clients are served, by the rules of the moment. */

import { createAddressCounts } from '../limits/address-limits.ts';
import { createEngine } from './engine.ts';
import type { Engine, EngineDeps, EngineOptions } from './engine.ts';
import { createSessionMemory } from './session-memory.ts';
import type { SharedSessions } from './shared-sessions.ts';
import { createSocketServer } from './socket.ts';

/**
 * When a listener stops, what clients sent before they could hear of it gets this long to be read:
 * the next request of one that waits between two, then the first of one that has just come.
 */
const GRACE_MS = 1_000;

export interface ListenerOptions extends EngineOptions {
  readonly address: { readonly host: string; readonly port: number };
}

export interface ListenerDeps extends Omit<EngineDeps, 'memory' | 'counts'> {
  /** Of all processes that serve the address, where there are several. */
  readonly sessions?: SharedSessions | undefined;
}

/** Other rules, ready to be put in force. One of the two is called, once; neither fails. */
export interface PreparedRules {
  /**
   * New connections meet the new rules, on the same socket. Those that are there end, once they have
   * been told so, by the old ones.
   */
  commit(): void;
  abort(): void;
}

export interface Listener {
  /**
   * Opens the address; resolves to it as bound. Connections wait until `serve`.
   *
   * @throws StartError when the system refuses the address.
   */
  open(): Promise<{ readonly host: string; readonly port: number }>;
  /** Serves those that wait and all that come. */
  serve(): void;
  /** `open` and `serve`. @throws StartError as `open` does. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Makes what serves connections by other rules; for name and address there is another listener.
   *
   * @throws StartError when certificate, key or a client CA can't be used.
   */
  prepare(options: EngineOptions): PreparedRules;
  /**
   * Accepts no more, tells every connection that it ends, ends those without a request in two
   * seconds, and destroys what is left after `drainMs`. Resolves when no connection is left. Called
   * again it can only shorten the time.
   */
  stop(drainMs: number): Promise<void>;
  /** Open connections, unfinished handshakes included. */
  connections(): number;
}

/** @throws StartError when certificate, key or a client CA can't be used. */
export function createListener(options: ListenerOptions, deps: ListenerDeps): Listener {
  let accepted: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let memory = createSessionMemory(undefined, deps.sessions);
  const endHearing = deps.sessions?.hear((record, chain) =>
    // As copies: those that are told share the memory of their message.
    memory.records.get(record)?.keep(chain.map((certificate) => new Uint8Array(certificate))),
  );
  // What is open counts on after a reload.
  const counts = createAddressCounts();
  let engine = createEngine(options, { ...deps, memory, counts });
  let { limits } = options;
  /** The one in force and those whose connections are not all gone. */
  const engines = new Set<Engine>([engine]);

  const sockets = createSocketServer(
    { listener: options.name, address: options.address },
    { events: deps.events },
  );

  const serve = (): void =>
    sockets.serve({ receive: engine.receive, maxConnections: limits.max_connections });

  const retire = (old: Engine, rest?: Promise<void>): void => {
    old.retire(rest);
    void old.ended.then(() => engines.delete(old));
  };

  const drain = async (): Promise<void> => {
    endHearing?.();
    for (const each of engines) retire(each, accepted);
    await accepted;
    const closed = sockets.close();
    const idle = setTimeout(() => {
      for (const each of engines) each.endIdle();
    }, GRACE_MS);
    // Later: what has been told only now gets the time to hear it and to finish what it had begun.
    const unused = setTimeout(() => {
      for (const each of engines) each.endUnused();
    }, 2 * GRACE_MS);
    await closed;
    clearTimeout(idle);
    clearTimeout(unused);
    await Promise.all([...engines].map(({ ended }) => ended));
  };

  return {
    open: sockets.listen,
    serve,
    listen: async () => {
      const address = await sockets.listen();
      serve();
      return address;
    },
    prepare: (next) => {
      const nextMemory = createSessionMemory(memory, deps.sessions);
      const prepared = createEngine(next, { ...deps, memory: nextMemory, counts });
      return {
        commit: () => {
          // What stops opens nothing again.
          if (stopped !== undefined) return prepared.retire();
          const old = engine;
          [engine, memory, limits] = [prepared, nextMemory, next.limits];
          engines.add(prepared);
          serve();
          retire(old);
        },
        abort: prepared.retire,
      };
    },
    stop: async (drainMs) => {
      accepted ??= sockets.acceptRest();
      stopped ??= drain();
      await accepted;
      const deadline = setTimeout(sockets.destroyConnections, drainMs);
      await stopped;
      clearTimeout(deadline);
    },
    connections: sockets.connections,
  };
}
