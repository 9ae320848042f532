/**
 * Giving up some work so that the rest gets done. The more samples in a row find too much of it, the
 * larger the share of new requests and connections that is refused; it falls as gradually.
 */

import { RequestError } from '../errors.ts';

/** What a sample finds. */
export interface Pressure {
  /** By how much the event loop was late, on the mean since the sample before; milliseconds. */
  readonly loopDelayMs: number;
  /** The share of the memory that may be used which is used and not free within the heap. */
  readonly memory: number;
  /** The same with what is free within the heap: what the system counts. */
  readonly resident: number;
}

export interface OverloadOptions {
  /** Requests in hand at once. */
  readonly maxRequests: number;
  readonly maxLoopDelayMs: number;
  /** Share of the memory, 0 to 1. */
  readonly maxMemory: number;
  /** Connections at once for which there is memory. */
  readonly maxConnections: number;
}

export interface Overload {
  /** Counts a request in. @throws RequestError 503 `overloaded` where it must not be served now. */
  begin(): void;
  /** A request that was counted in is over. */
  end(): void;
  /** Counts a connection in, or returns false where it must not be taken now. */
  connect(): boolean;
  /** A connection that was counted in is gone. */
  disconnect(): void;
  /** Looks at the pressure and decides anew. To be called regularly. */
  sample(): void;
  /** Requests in hand, and the share of new work that is refused, 0 to 0.9. */
  state(): { readonly requests: number; readonly shedding: number };
}

/** Percent of new work, as all shares here. */
const STEP_UP = 15;
const STEP_DOWN = 10;

/**
 * Some of the work is always taken: without any, neither garbage would be collected nor the loop's
 * delay measured under load, and nothing would tell when it is over.
 */
const MAX_SHARE = 90;

/** What must be reached before the share falls, so that it doesn't flutter around the limit. */
const CALM = { loopDelay: 0.5, memory: 0.9 };

/** Also where memory is short, so that what holds it can't lock everybody out. */
export const LEAST_CONNECTIONS = 64;

/** @param onChange told when shedding begins and when it has ended. */
export function createOverload(
  { maxRequests, maxLoopDelayMs, maxMemory, maxConnections }: OverloadOptions,
  {
    measure,
    onChange,
  }: {
    readonly measure: () => Pressure;
    readonly onChange: (isShedding: boolean, pressure: Pressure) => void;
  },
): Overload {
  let requests = 0;
  let connections = 0;
  let share = 0;
  /** What is owed to the share: at 100 the next one is refused. No chance is involved. */
  let owed = 0;
  let wasLate = false;
  let isShort = false;
  /** The connections that there may be at this moment. */
  let room = maxConnections;

  const isRefused = (): boolean => {
    owed += share;
    if (owed < 100) return false;
    owed -= 100;
    return true;
  };

  return {
    begin: () => {
      if (requests >= maxRequests) throw overloaded(`more than ${maxRequests} requests at once`);
      if (isRefused()) throw overloaded(`${share} % of new requests are refused`);
      requests += 1;
    },
    end: () => {
      requests -= 1;
    },
    connect: () => {
      if (connections >= room || isRefused()) return false;
      connections += 1;
      return true;
    },
    disconnect: () => {
      connections -= 1;
    },
    sample: () => {
      const pressure = measure();
      const { loopDelayMs, memory, resident } = pressure;
      const before = share;
      const isLate = loopDelayMs > maxLoopDelayMs;
      if (memory > maxMemory) isShort = true;
      else if (memory < maxMemory * CALM.memory) isShort = false;
      // One for one: it goes on with those it has, but not with more.
      if (resident < maxMemory * CALM.memory) room = maxConnections;
      else if (resident > maxMemory && room === maxConnections) {
        room = Math.min(maxConnections, Math.max(connections, LEAST_CONNECTIONS));
      }
      // One late sample is a hiccup: a collection of garbage, a machine that was suspended.
      if (memory > maxMemory || (isLate && wasLate)) share = Math.min(MAX_SHARE, share + STEP_UP);
      else if (!isShort && loopDelayMs < maxLoopDelayMs * CALM.loopDelay) {
        share = Math.max(0, share - STEP_DOWN);
        if (share === 0) owed = 0;
      }
      wasLate = isLate;
      if ((before === 0) !== (share === 0)) onChange(share > 0, pressure);
    },
    state: () => ({ requests, shedding: share / 100 }),
  };
}

function overloaded(detail: string): RequestError {
  return new RequestError({
    status: 503,
    code: 'temporarily_unavailable',
    reason: 'overloaded',
    publicText: 'the service is overloaded; try again later',
    detail,
    headers: [['retry-after', '1']],
  });
}
