/**
 * What happened, as told to the log and the metrics. Plain data; no room formats its own log line.
 *
 * `peerAddress` is the client's; `socketAddress` is the TCP peer's own, another one where a load
 * balancer is in front.
 */

import type { Reason } from '../errors.ts';

/**
 * The outcome of looking at a client certificate; `reason` only with `untrusted`. `load_balancer`:
 * the certificate of a handshake is that of the balancer itself, which is no client.
 */
export interface CertificateOutcome {
  readonly outcome: 'none' | 'trusted' | 'self_signed' | 'untrusted' | 'load_balancer';
  readonly reason?: Reason | undefined;
  readonly thumbprint?: string | undefined;
  /** Milliseconds since the epoch; absent where nobody read it. */
  readonly notAfter?: number | undefined;
}

/**
 * What became of the certificate header of a request on a listener that takes one from its balancer.
 * Ignored: the connection is not the balancer's, by the address of its socket or by its certificate.
 */
export type CertificateHeaderUse = 'believed' | 'foreign_address' | 'foreign_certificate';

/** Told for every handshake that ended, before any request of the connection. */
export type HandshakeEvent =
  | {
      readonly kind: 'handshake_completed';
      readonly listener: string;
      readonly peerAddress: string;
      readonly socketAddress?: string;
      readonly tlsProtocol: string;
      /** The first name of the `server_names` entry whose rules hold; absent for the listener's own. */
      readonly virtualHost?: string | undefined;
      readonly isResumed?: boolean;
      readonly durationSeconds: number;
      readonly certificate: CertificateOutcome;
    }
  | {
      readonly kind: 'handshake_failed';
      readonly listener: string;
      readonly peerAddress: string;
      readonly socketAddress?: string;
      readonly durationSeconds: number;
      readonly reason: Reason;
      readonly detail: string;
    };

/** Told by the listener where a connection ended without a request that the gateway saw. */
export interface ConnectionRefusedEvent {
  readonly kind: 'connection_refused';
  readonly listener: string;
  readonly peerAddress: string;
  readonly socketAddress?: string;
  readonly reason: Reason;
  /** The HTTP status answered, if any answer could be sent. */
  readonly status?: number;
  readonly detail: string;
}

export interface NoticeEvent {
  readonly kind: 'notice';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

export type TelemetryEvent = HandshakeEvent | ConnectionRefusedEvent | NoticeEvent;

/** The sink handed to rooms that have events without a request. Never throws, never waits. */
export type EventSink = (event: TelemetryEvent) => void;

/** The names that a request's `route` label can take; the list bounds the label. */
export type RouteName =
  | 'token'
  | 'introspection'
  | 'revocation'
  | 'authorization'
  | 'interaction'
  | 'logout'
  | 'device'
  | 'pushed_authorization'
  | 'device_authorization'
  | 'backchannel_authentication'
  | 'registration'
  | 'metadata'
  | 'jwks'
  | 'userinfo'
  | 'protection_api'
  | 'protected'
  | 'admin'
  | 'forward'
  | 'unknown';

/** One finished request. Counted and logged in one place, gateway/handle.ts. */
export interface RequestRecord {
  readonly requestId: string;
  /** Where tracing is on: 32 and 16 hex digits. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly listener: string;
  readonly peerAddress: string;
  readonly socketAddress?: string | undefined;
  readonly protocol: 'http/1.1' | 'h2';
  readonly method: string;
  /** Never with the query: it may carry secrets. */
  readonly path: string;
  readonly route: RouteName;
  readonly status: number;
  readonly durationSeconds: number;
  readonly bytes: number;
  readonly delivery: 'sent' | 'client_gone' | 'broken';
  readonly certificate: CertificateOutcome;
  /** Absent where the request has none or the listener takes none. */
  readonly certificateHeader?: CertificateHeaderUse | undefined;
  readonly clientId?: string | undefined;
  /** As the client sent it to the token endpoint. */
  readonly grantType?: string | undefined;
  /** The user that a certificate vouched for. */
  readonly user?: string | undefined;
  readonly decision: 'allowed' | 'refused' | 'failed';
  readonly reason?: Reason | undefined;
  /** Private text of the error: what was seen. */
  readonly detail?: string | undefined;
  /** What an OAuth endpoint did, in its own words; metrics know those of their lists, see labels.ts. */
  readonly outcome?: string | undefined;
}
