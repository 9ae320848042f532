/** A session of `node:http2` on a secure socket, with a bound on everything a client can grow. */

import { performServerHandshake } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { MAX_FIELDS } from './request-fields.ts';

/** Requests at once; clients assume it until they are told (RFC 9113 section 6.5.2). */
export const MAX_STREAMS = 100;

/**
 * What a stream may send before it is read: the window that every client starts with. Per session
 * it is MAX_STREAMS of these.
 */
export const WINDOW_BYTES = 65_535;

/** Resets that the engine itself takes at once; the connection counts more finely. */
const ENGINE_RESETS = { burst: 1_000, perSecond: 33 };

/** Room above our own limits, so that a request a little too large is told so and not just reset. */
const FIELDS_TO_REFUSE = 64;

/** What HTTP/2 counts for a field beside name and value (RFC 9113 section 6.5.2). */
const FIELD_OVERHEAD_BYTES = 32;

export function openSession(socket: TLSSocket, maxHeaderBytes: number): ServerHttp2Session {
  return performServerHandshake(socket, {
    maxHeaderListPairs: MAX_FIELDS + FIELDS_TO_REFUSE,
    // Of malformed requests, refused streams and empty frames.
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // Megabytes of what the engine holds for the session; beyond it new streams are refused.
    maxSessionMemory: 4,
    maxOutstandingPings: 1,
    maxSettings: 32,
    streamResetBurst: ENGINE_RESETS.burst,
    streamResetRate: ENGINE_RESETS.perSecond,
    // Of answers: what an upstream may say twice over HTTP/1.1 it may say twice here.
    strictSingleValueFields: false,
    settings: {
      enablePush: false,
      enableConnectProtocol: false,
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: WINDOW_BYTES,
      maxHeaderListSize: 2 * maxHeaderBytes + MAX_FIELDS * FIELD_OVERHEAD_BYTES,
    },
  });
}
