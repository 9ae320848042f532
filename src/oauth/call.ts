/** A request as the endpoints see it: identified, stripped, and with a place for what to log. */

import type { Presentation } from '../certificate/client-certificate.ts';
import type { Reason } from '../errors.ts';
import type { Answer, Exchange, HeaderList } from '../http/exchange.ts';
import type { Forwarding } from '../http/forwarding.ts';
import type { Trace } from '../http/trace.ts';
import type { PresentedChain } from '../trust/reading.ts';

/** What an endpoint did, for log and metrics; keep those of tokens in step with telemetry/labels.ts. */
export type Outcome =
  | 'issued'
  | 'issued_bound'
  | 'issued_unbound'
  | 'accepted'
  | 'active'
  | 'active_bound'
  | 'inactive'
  | 'revoked'
  | 'refused_upstream';

/**
 * Filled in on the way, read once when the request is over. The one thing of a call that changes;
 * no decision may depend on it.
 */
export interface Journal {
  clientId?: string;
  /** As the client sent it to the token endpoint. */
  grantType?: string | undefined;
  /** Whom the certificate vouched for. */
  user?: string;
  outcome?: Outcome;
  reason?: Reason;
}

export interface Call {
  readonly exchange: Exchange;
  /** The client's end-to-end fields, without any that names an identity. */
  readonly headers: HeaderList;
  /**
   * The certificates that speak for this request, leaf first: those of its connection, or those that
   * a load balancer tells. Those of `exchange.connection` may be the balancer's own.
   */
  readonly chain: PresentedChain;
  /** Whose word the chain is. */
  readonly carrier: 'connection' | 'balancer';
  readonly presentation: Presentation;
  /** The way the request took to us; begins with the address of its client. */
  readonly forwarding: Forwarding;
  /** Undefined where tracing is off. */
  readonly trace?: Trace | undefined;
  readonly journal: Journal;
}

/** Answers a call or throws one of our errors. */
export type Endpoint = (call: Call) => Promise<Answer>;
