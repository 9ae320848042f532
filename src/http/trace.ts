/** The place of a request in a distributed trace, as those see it who send requests in its name. */

import type { HeaderList } from './exchange.ts';

export interface Trace {
  /** Begins a request to somebody else that belongs to this one. */
  begin(method: string): TraceLeg;
  /** This request has waited since then (milliseconds since the epoch) for what is fetched for all. */
  waited(what: AwaitedData, since: number): void;
}

/** Fetched once for all requests that want it: none of their traces is told to whoever is asked. */
export type AwaitedData = 'revocation' | 'key_set';

export interface TraceLeg {
  /** `traceparent`, and `tracestate` where there is one (W3C Trace Context). */
  readonly headers: HeaderList;
  /** An answer came, or none did for this reason. Once. */
  end(outcome: { readonly status: number } | { readonly failure: string }): void;
}

/** Waits, and tells the trace of it where it took its time: what is at hand is no wait. */
export function waitTraced<Result>(
  trace: Trace | undefined,
  what: AwaitedData,
  work: Result | Promise<Result>,
): Result | Promise<Result> {
  return work instanceof Promise && trace !== undefined ? timed(trace, what, work) : work;
}

async function timed<Result>(
  trace: Trace,
  what: AwaitedData,
  work: Promise<Result>,
): Promise<Result> {
  const since = Date.now();
  try {
    return await work;
  } finally {
    if (Date.now() > since) trace.waited(what, since);
  }
}
