/** The connections to the upstream: made when first needed, kept while it lets us, bounded. */

import { UpstreamError } from '../errors.ts';
import { createConnect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { createConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { connectionCut } from './failure.ts';

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
   * A connection without a request on it, to be used at once.
   *
   * @throws UpstreamError 503 when too many wait for one; the failure when it can't be made.
   */
  acquire(signal: AbortSignal): Lease | Promise<Lease>;
  destroy(): Promise<void>;
}

/** For upstreams that don't say how long they wait; shorter than what any of them is known for. */
const IDLE_MS = 4_000;
/** Their hints are cut to this, and by the time that a request may be on its way. */
const MAX_IDLE_MS = 60_000;
const HINT_MARGIN_MS = 1_000;

interface Idle {
  readonly connection: Connection;
  /** `performance.now()` from which on it counts as closed. */
  readonly until: number;
}

interface Waiting {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
  isGone: boolean;
}

export function createUpstreamPool(options: PoolOptions): UpstreamPool {
  const { maxConnections, maxQueue } = options;
  const connect = createConnect(options);
  const open = new Set<Connection>();
  /** The one used last is used next, so that the others may go. */
  const idle: Idle[] = [];
  const waiting: Waiting[] = [];
  let connecting = 0;
  let isDestroyed = false;
  const sweeper = setInterval(closeExpired, IDLE_MS).unref();

  function onIdle(connection: Connection, hintMs: number | undefined): void {
    const next = waiting.shift();
    if (next !== undefined) {
      next.resolve({ connection, isReused: true });
      return;
    }
    const hinted = hintMs === undefined ? IDLE_MS : hintMs - HINT_MARGIN_MS;
    if (hinted <= 0) connection.destroy();
    else idle.push({ connection, until: performance.now() + Math.min(hinted, MAX_IDLE_MS) });
  }

  function onGone(connection: Connection): void {
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

  async function openConnection(): Promise<Lease> {
    connecting += 1;
    try {
      const socket = await connect();
      if (isDestroyed) {
        socket.destroy();
        throw connectionCut('the pool is closed');
      }
      const connection = createConnection(socket, { ...options, onIdle, onGone });
      open.add(connection);
      return { connection, isReused: false };
    } finally {
      connecting -= 1;
      // Where it could not be made, there is room for the next to try.
      if (waiting.length > 0) setImmediate(serveWaiting);
    }
  }

  function serveWaiting(): void {
    while (waiting.length > 0 && hasRoom() && !isDestroyed) {
      const next = waiting.shift();
      if (next === undefined) return;
      openConnection().then((lease) => {
        if (next.isGone) onIdle(lease.connection, undefined);
        else next.resolve(lease);
      }, next.reject);
    }
  }

  function wait(signal: AbortSignal): Promise<Lease> {
    if (waiting.length >= maxQueue) throw overloaded(maxQueue);
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const place: Waiting = { resolve, reject, isGone: false };
    const leave = (): void => {
      place.isGone = true;
      const at = waiting.indexOf(place);
      if (at >= 0) waiting.splice(at, 1);
      reject(signal.reason);
    };
    waiting.push(place);
    signal.addEventListener('abort', leave, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', leave));
  }

  return {
    authority: new URL(options.origin).host,
    acquire(signal) {
      const connection = takeIdle();
      if (connection !== undefined) return { connection, isReused: true };
      return hasRoom() && waiting.length === 0 ? openConnection() : wait(signal);
    },
    async destroy() {
      isDestroyed = true;
      clearInterval(sweeper);
      for (const connection of open) connection.destroy();
      for (const { reject } of waiting.splice(0)) reject(connectionCut('the pool is closed'));
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
