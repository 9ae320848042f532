/** The connections to the upstream: made when first needed, kept while it lets us, bounded. */

import { performance } from 'node:perf_hooks';

import { UpstreamError } from '../errors.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import { createConnect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { createConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { answerDisplaced, findDisplaced } from './displaced-answer.ts';
import { connectionCut } from './failure.ts';
import { createShares } from './shares.ts';
import { createWaitingLine } from './waiting-line.ts';

export interface PoolOptions extends ConnectOptions {
  readonly responseTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxQueue: number;
}

export interface Lease {
  readonly connection: Connection;
  /** It has carried a request before, and the upstream may just have closed it. */
  readonly isReused: boolean;
}

export interface UpstreamPool {
  /** What a `Host` field says of the upstream. */
  readonly authority: string;
  /**
   * A connection without a request on it, to be used at once. Where there is none, networks get
   * theirs in turns, and clients that take their answers slowly lose them.
   *
   * @param network whose request it is for.
   * @throws UpstreamError 503 when too many wait for one; the failure when it can't be made; the reason
   * of the signal.
   */
  acquire(signal: LeaveSignal, network: string): Lease | Promise<Lease>;
  destroy(): Promise<void>;
}

/** For upstreams that don't say how long they wait; shorter than what any of them is known for. */
const IDLE_MS = 4_000;
/** Their hints are cut to this, and by the time that a request may be on its way. */
const MAX_IDLE_MS = 60_000;
const HINT_MARGIN_MS = 1_000;

/** How often those that wait look for an answer that must make room. */
const LOOK_MS = 100;

interface Idle {
  readonly connection: Connection;
  /** `performance.now()` from which on it counts as closed. */
  readonly until: number;
}

interface Waiting {
  readonly network: string;
  /** `performance.now()` */
  readonly since: number;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
  isGone: boolean;
}

export function createUpstreamPool(options: PoolOptions): UpstreamPool {
  const { maxConnections, maxQueue } = options;
  const connect = createConnect(options);
  /** Each with the network that uses it. */
  const open = new Map<Connection, string | undefined>();
  /** The one used last is used next, so that the others may go. */
  const idle: Idle[] = [];
  const shares = createShares();
  const waiting = createWaitingLine<Waiting>(maxQueue, shares.of);
  let connecting = 0;
  let isDestroyed = false;
  let look: NodeJS.Timeout | undefined;
  const sweeper = setInterval(closeExpired, IDLE_MS).unref();

  /** The network is counted by `shares` already. */
  function lend(connection: Connection, network: string, isReused: boolean): Lease {
    open.set(connection, network);
    return { connection, isReused };
  }

  function giveBack(connection: Connection): void {
    const network = open.get(connection);
    if (network === undefined) return;
    shares.giveBack(network);
    open.set(connection, undefined);
  }

  function onIdle(connection: Connection, hintMs: number | undefined, now: number): void {
    giveBack(connection);
    const next = waiting.shift();
    if (next !== undefined) {
      shares.take(next.network);
      next.resolve(lend(connection, next.network, true));
      return;
    }
    const hinted = hintMs === undefined ? IDLE_MS : hintMs - HINT_MARGIN_MS;
    if (hinted <= 0) connection.destroy();
    else idle.push({ connection, until: now + Math.min(hinted, MAX_IDLE_MS) });
  }

  function onGone(connection: Connection): void {
    giveBack(connection);
    open.delete(connection);
    const at = idle.findIndex((each) => each.connection === connection);
    if (at >= 0) idle.splice(at, 1);
    serveWaiting();
  }

  function takeIdle(): Connection | undefined {
    const now = performance.now();
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.until > now && last.connection.isOpen()) return last.connection;
      last.connection.destroy();
    }
    return undefined;
  }

  function closeExpired(): void {
    const now = performance.now();
    for (const { connection, until } of idle) if (until <= now) connection.destroy();
  }

  function hasRoom(): boolean {
    return open.size + connecting < maxConnections;
  }

  async function openConnection(network: string): Promise<Lease> {
    connecting += 1;
    shares.take(network);
    try {
      const connected = await connect();
      if (isDestroyed) {
        connected.socket.destroy();
        throw connectionCut('the pool is closed');
      }
      return lend(createConnection(connected, { ...options, onIdle, onGone }), network, false);
    } catch (error) {
      shares.giveBack(network);
      throw error;
    } finally {
      connecting -= 1;
      // Where it could not be made, there is room for the next to try.
      if (waiting.size() > 0) setImmediate(serveWaiting);
    }
  }

  function serveWaiting(): void {
    while (hasRoom() && !isDestroyed) {
      const next = waiting.shift();
      if (next === undefined) return;
      openConnection(next.network).then((lease) => {
        if (next.isGone) onIdle(lease.connection, undefined, performance.now());
        else next.resolve(lease);
      }, next.reject);
    }
  }

  /** Looks for room, now and again until nobody waits. */
  function makeRoom(): void {
    const now = performance.now();
    for (let first = waiting.first(); first !== undefined; first = waiting.first()) {
      const displaced = hasRoom() ? undefined : findDisplaced(open, first, shares.of, now);
      if (displaced === undefined) break;
      giveBack(displaced);
      open.delete(displaced);
      displaced.destroy(answerDisplaced());
      serveWaiting();
    }
    if (waiting.size() > 0 && !isDestroyed) look ??= setTimeout(lookAgain, LOOK_MS).unref();
  }

  function lookAgain(): void {
    look = undefined;
    makeRoom();
  }

  function wait(signal: LeaveSignal, network: string): Promise<Lease> {
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const since = performance.now();
    const place: Waiting = { network, since, resolve, reject, isGone: false };
    const leave = (): void => {
      place.isGone = true;
      waiting.leave(place);
      reject(signal.reason);
    };
    waiting.join(place)?.reject(overloaded(maxQueue));
    makeRoom();
    signal.addEventListener('abort', leave);
    return promise.finally(() => signal.removeEventListener('abort', leave));
  }

  return {
    authority: new URL(options.origin).host,
    acquire(signal, network) {
      // Else it would wait without an end, or end a connection for nothing.
      if (signal.aborted) throw signal.reason;
      const connection = takeIdle();
      if (connection !== undefined) {
        shares.take(network);
        return lend(connection, network, true);
      }
      const isFirst = hasRoom() && waiting.size() === 0;
      return isFirst ? openConnection(network) : wait(signal, network);
    },
    async destroy() {
      isDestroyed = true;
      clearInterval(sweeper);
      clearTimeout(look);
      for (const connection of open.keys()) connection.destroy();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        next.reject(connectionCut('the pool is closed'));
      }
    },
  };
}

function overloaded(maxQueue: number): UpstreamError {
  return new UpstreamError({
    status: 503,
    reason: 'overloaded',
    publicText: 'the service is overloaded, try again later',
    detail: `${maxQueue} requests wait for the upstream already`,
  });
}
