/** The addresses on which clients are served: opened, changed and closed as the configuration has it. */

import { isDeepStrictEqual } from 'node:util';

import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import { createListener } from '../listener/listener.ts';
import type {
  Listener,
  ListenerDeps,
  ListenerOptions,
  PreparedRules,
} from '../listener/listener.ts';
import type { SharedSessions } from '../listener/shared-sessions.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { CheckedConfig } from './generation.ts';
import type { Lease } from './generations.ts';
import { listenerOptions } from './listener-options.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type BoundListener = Address & { readonly name: string };

/** One of the two is called, once; neither fails. */
export interface PreparedListeners {
  /** Addresses that are gone are drained for so long at most. */
  commit(drainMs: number): void;
  abort(): Promise<void>;
}

export interface Listeners {
  /** As bound, in the order of the configuration. */
  readonly bound: readonly BoundListener[];
  /**
   * Makes the listeners of a configuration ready. New addresses are open afterwards, but wait.
   *
   * @throws StartError when one can't be opened or served; nothing has changed then.
   */
  prepare(next: CheckedConfig): Promise<PreparedListeners>;
  /** Drains all of them. Called again it can only shorten the time. */
  stop(drainMs: number): Promise<void>;
}

export interface ListenersDeps {
  readonly telemetry: Telemetry;
  readonly overload: ListenerDeps['overload'];
  /** Is told which addresses are served, and which no longer. */
  readonly announce: Telemetry['log'];
  /** Of all processes that serve these addresses, where there are several. */
  readonly sessions?: SharedSessions | undefined;
  /** The generation in force. */
  readonly lease: () => Lease;
}

interface Served {
  readonly listener: Listener;
  readonly options: ListenerOptions;
  readonly bound: BoundListener;
  /** Its connections end by this generation, whatever comes into force. */
  readonly pin: (lease: Lease) => void;
  readonly forget: () => void;
}

interface Ready {
  readonly served: Served;
  readonly rules: PreparedRules | undefined;
  readonly isNew: boolean;
}

export function createListeners({
  telemetry,
  overload,
  announce,
  sessions,
  lease,
}: ListenersDeps): Listeners {
  let all: readonly Served[] = [];
  const draining = new Set<Listener>();

  const open = async (options: ListenerOptions): Promise<Served> => {
    let leaseNow = lease;
    const listener = createListener(options, {
      handle: (exchange: Exchange) => {
        const { generation, end } = leaseNow();
        return generation.handle(exchange, end);
      },
      onSecure: (facts: ConnectionFacts) => {
        const { generation, end } = leaseNow();
        try {
          generation.onSecure(facts);
        } finally {
          end();
        }
      },
      events: telemetry.events,
      ...(overload && { overload }),
      sessions,
    });
    const bound = { name: options.name, ...(await listener.open()) };
    return {
      listener,
      options,
      bound,
      pin: ({ generation }) => {
        leaseNow = () => ({ generation, end: () => {} });
      },
      forget: telemetry.metrics.watchConnections(options.name, listener.connections),
    };
  };

  /** Left to its own: nobody waits for it but the stop. */
  const drain = async ({ listener, forget }: Served, drainMs: number): Promise<void> => {
    draining.add(listener);
    await listener.stop(drainMs);
    draining.delete(listener);
    forget();
  };

  const ready = async (options: ListenerOptions): Promise<Ready> => {
    const there = all.find((served) => isSameAddress(served.options, options));
    if (there === undefined) return { served: await open(options), rules: undefined, isNew: true };
    const isSame = isDeepStrictEqual(there.options, options);
    const rules = isSame ? undefined : there.listener.prepare(options);
    return { served: { ...there, options }, rules, isNew: false };
  };

  const abandon = async (given: readonly Ready[]): Promise<void> => {
    for (const { rules } of given) rules?.abort();
    const opened = given.filter(({ isNew }) => isNew).map(({ served }) => served);
    await Promise.all(opened.map((served) => drain(served, 0)));
  };

  return {
    get bound() {
      return all.map(({ bound }) => bound);
    },
    prepare: async ({ config, material }) => {
      const given: Ready[] = [];
      try {
        for (const listener of material.listeners) {
          given.push(await ready(listenerOptions(listener, config)));
        }
      } catch (error) {
        await abandon(given);
        throw error;
      }
      return {
        abort: () => abandon(given),
        commit: (drainMs) => {
          const kept = new Set(given.map(({ served }) => served.listener));
          const gone = all.filter(({ listener }) => !kept.has(listener));
          all = given.map(({ served }) => served);
          const names = new Set(all.map(({ bound }) => bound.name));
          for (const served of gone) {
            const last = lease();
            // The next generation knows nothing of its name.
            if (!names.has(served.bound.name)) served.pin(last);
            announce('info', 'no longer listening', { listener: served.bound.name });
            void drain(served, drainMs).then(last.end);
          }
          for (const { served, rules, isNew } of given) {
            rules?.commit();
            if (!isNew) continue;
            served.listener.serve();
            const { name, ...address } = served.bound;
            announce('info', 'listening', { listener: name, ...address });
          }
        },
      };
    },
    stop: async (drainMs) => {
      const listeners = [...all.map(({ listener }) => listener), ...draining];
      await Promise.all(listeners.map((listener) => listener.stop(drainMs)));
    },
  };
}

/** Any port is another one for each listener. */
function isSameAddress(a: ListenerOptions, b: ListenerOptions): boolean {
  const isSame = a.address.host === b.address.host && a.address.port === b.address.port;
  return isSame && (a.address.port !== 0 || a.name === b.name);
}
