/** The one pool of connections to the upstream. */

import { Pool } from 'undici';

import { UpstreamError } from '../errors.ts';

export interface PoolOptions {
  /** Origin, such as `https://idp.internal:8443`. */
  readonly origin: string;
  /** Connect to this Unix socket instead of the origin's address. */
  readonly socketPath?: string;
  /** PEM certificates of the only CAs to believe; undefined: the public roots. */
  readonly caPems?: readonly string[];
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxQueue: number;
}

export interface UpstreamPool {
  /** The pool, when there is room for one more request. @throws UpstreamError 503 when there is none. */
  acquire(): Pool;
  destroy(): Promise<void>;
}

/** Connections are made when first needed; the upstream's certificate is always verified. */
export function createUpstreamPool(options: PoolOptions): UpstreamPool {
  const pool = new Pool(options.origin, {
    connections: options.maxConnections,
    // One request at a time on a socket: an answer can then only belong to the request before it.
    pipelining: 1,
    headersTimeout: options.responseTimeoutMs,
    bodyTimeout: options.bodyIdleTimeoutMs,
    connect: {
      timeout: options.connectTimeoutMs,
      rejectUnauthorized: true,
      ...(options.caPems === undefined ? {} : { ca: [...options.caPems] }),
      ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
    },
  });
  return {
    acquire: () => {
      if (pool.stats.queued >= options.maxQueue) {
        throw new UpstreamError({
          status: 503,
          reason: 'overloaded',
          publicText: 'the service is overloaded, try again later',
          detail: `${options.maxQueue} requests wait for the upstream already`,
        });
      }
      return pool;
    },
    destroy: () => pool.destroy(),
  };
}
