/**
 * One request and its answer, as every room behind the listener sees them. Nothing here tells which
 * HTTP engine of the listener they come from.
 */

import type { Duplex, Readable } from 'node:stream';

import type { LeaveSignal } from './leave-signal.ts';

/** Header fields in the order and spelling they were received or will be sent in. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** What was seen when the connection was made. Frozen: facts never change under a request. */
export interface ConnectionFacts {
  /** The name of the listener in the configuration. */
  readonly listener: string;
  /**
   * The first name of the `server_names` entry whose rules hold for the connection; undefined where
   * they are those of the listener itself.
   */
  readonly virtualHost: string | undefined;
  /** What the listener, or the entry, does about client certificates. */
  readonly clientCertificateMode: 'off' | 'want' | 'require';
  /** The client's address and port: the socket's own, or those of a believed PROXY header. */
  readonly peerAddress: string;
  readonly peerPort: number;
  /** The TCP peer's own address: that of a load balancer where one is in front. */
  readonly socketAddress: string;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly tlsProtocol: string;
  /** What ALPN agreed on; `http/1.1` where nothing was. */
  readonly httpProtocol: 'http/1.1' | 'h2';
  /** The server name the client asked for; undefined when it asked for none. */
  readonly serverName: string | undefined;
  /** The client proved that it holds its key in an earlier handshake, which this one continues. */
  readonly isResumed: boolean;
  /**
   * The certificates as the client sent them, leaf first, as DER. Empty when it sent none. The
   * handshake has proved possession of the first one's key and nothing else. On a resumed connection
   * they are those of the handshake that it continues, complete.
   */
  readonly certificates: readonly Uint8Array[];
  /** Milliseconds from TCP accept to the end of the handshake. */
  readonly handshakeMs: number;
}

/** An origin-form request target (RFC 9112 section 3.2.1), already checked. */
export interface Target {
  /** Always starts with `/`; not decoded. */
  readonly path: string;
  /** Without the question mark; undefined when there is none. */
  readonly query: string | undefined;
}

export interface Exchange {
  /** Ours, unguessable, in the log line and in the `x-request-id` of both sides. */
  readonly requestId: string;
  /** `performance.now()` when the header block was complete. */
  readonly receivedAt: number;
  readonly method: string;
  readonly target: Target;
  /** The authority the client asked for: one valid `Host` field value, lower case. */
  readonly host: string;
  readonly headers: HeaderList;
  /** The protocol in which the client asks to go on; it waits for the answer before it does. */
  readonly upgrade?: 'websocket' | undefined;
  readonly hasBody: boolean;
  /** The request body; reading it may fail when the client leaves. */
  readonly body: Readable;
  /** The whole body, where it has come already; cheaper than to read `body`, which it leaves alone. */
  readonly arrivedBody: Uint8Array | undefined;
  /**
   * Bounds what is read of the body from now on. Where it turns out to be larger, `body` fails with a
   * RequestError 413.
   */
  limitBody(maxBytes: number): void;
  readonly connection: ConnectionFacts;
  /** Aborted when the client leaves before its answer is complete. */
  readonly signal: LeaveSignal;
  /** Sends the one answer. Resolves when it was handed to the socket or could not be; never rejects. */
  respond(answer: Answer): Promise<Delivery> | Delivery;
}

export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  /** A stream is sent with back pressure and destroyed when the client leaves. */
  readonly body?: Uint8Array | Readable | undefined;
  /**
   * The other end of a connection that goes on in the protocol of `exchange.upgrade`, with status
   * 101 and no body. The answer is over when either side has ended; both are then destroyed.
   */
  readonly tunnel?: Duplex | undefined;
  /** Close the connection after this answer. */
  readonly close?: boolean;
}

/** What became of an answer. A `broken` one was cut short because its stream failed. */
export interface Delivery {
  readonly outcome: 'sent' | 'client_gone' | 'broken';
  readonly bytes: number;
}
