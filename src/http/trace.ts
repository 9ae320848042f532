/** The place of a request in a distributed trace, as those see it who send requests in its name. */

import type { HeaderList } from './exchange.ts';

export interface Trace {
  /** Begins a request to somebody else that belongs to this one. */
  begin(method: string): TraceLeg;
}

export interface TraceLeg {
  /** `traceparent`, and `tracestate` where there is one (W3C Trace Context). */
  readonly headers: HeaderList;
  /** An answer came, or none did for this reason. Once. */
  end(outcome: { readonly status: number } | { readonly failure: string }): void;
}
