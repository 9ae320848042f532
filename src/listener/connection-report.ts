/** Tells of what becomes of one connection, beside the requests that are handled. */

import type { Reason } from '../errors.ts';
import type { ConnectionFacts } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import { misuse } from './misuse.ts';

export interface ConnectionReport {
  /** A request or the whole connection was refused, with this status where one was answered. */
  refused(reason: Reason, detail: string, status?: number): void;
  /** A bug of whoever handles requests. */
  misuse(text: string, error?: unknown): void;
}

export function createConnectionReport(
  { listener, peerAddress, socketAddress }: ConnectionFacts,
  events: EventSink,
): ConnectionReport {
  return {
    refused: (reason, detail, status) =>
      events({
        kind: 'connection_refused',
        listener,
        peerAddress,
        socketAddress,
        reason,
        ...(status === undefined ? {} : { status }),
        detail,
      }),
    misuse: (text, error) => events(misuse(listener, text, error)),
  };
}
