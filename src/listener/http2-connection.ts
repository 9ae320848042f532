/** One connection of the HTTP/2 engine: its streams, and how it ends. */

import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { ListenerConfig } from '../config/schema.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { jsonAnswer } from '../http/answers.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import { createConnectionReport } from './connection-report.ts';
import { destroyLater } from './drain.ts';
import { openExchange } from './exchange.ts';
import type { ExchangeContext, OpenExchange } from './exchange.ts';
import { sessionFailure } from './http2-failure.ts';
import { createStreamMessage } from './http2-message.ts';
import type { StreamMessage } from './http2-message.ts';
import { createOverheadMeter } from './http2-overhead.ts';
import { headBytes, readStreamHead } from './http2-request-head.ts';
import { MAX_STREAMS, WINDOW_BYTES, openSession } from './http2-session.ts';
import { createLeakyBucket } from './leaky-bucket.ts';
import { tooSlow } from './refusal.ts';
import { createStreamNumbers } from './stream-numbers.ts';

const {
  NGHTTP2_ENHANCE_YOUR_CALM,
  NGHTTP2_FLAG_END_STREAM,
  NGHTTP2_NO_ERROR,
  NGHTTP2_REFUSED_STREAM,
} = constants;

/**
 * Requests that a client may take back, or that are refused. With MAX_STREAMS that wait at once, a
 * client that gives each five seconds just reaches the steady rate.
 */
const TROUBLES = { capacity: 200, perSecond: 20 };

/** A header block as the engine gave it. */
interface ReceivedHead {
  readonly method: string | undefined;
  readonly endsStream: boolean;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

export interface Http2ConnectionDeps {
  readonly handle: (exchange: Exchange) => Promise<void>;
  readonly events: EventSink;
  readonly limits: ListenerConfig['limits'];
  readonly isStopping: () => boolean;
  readonly nextRequestId: () => string;
}

export interface Http2Connection {
  /** Ends what has taken too long or is too much; to be called again and again. */
  check(now: number): void;
  /** Takes no more requests, unless the first one is still to come; ends when the rest is answered. */
  endIfUsed(): void;
  /** Destroys a connection without a request in the hands of the handler. */
  destroyUnlessBusy(): void;
}

export function createHttp2Connection(
  socket: TLSSocket,
  facts: ConnectionFacts,
  deps: Http2ConnectionDeps,
): Http2Connection {
  const { limits } = deps;
  const openedAt = performance.now();
  const report = createConnectionReport(facts, deps.events);
  const open = new Set<OpenExchange>();
  const overhead = createOverheadMeter(openedAt);
  const troubles = createLeakyBucket(TROUBLES, openedAt);
  const numbers = createStreamNumbers((count) =>
    report.refused('request_malformed', `${count} streams were reset by the HTTP/2 engine`),
  );
  let idleSince = openedAt;
  /** Set once: the session takes no request after this moment. */
  let isClosing = false;
  let isTold = false;

  /** Why the session was cut; told once, whatever follows from it. */
  const tellCut = (reason: Reason, detail: string): void => {
    if (!isTold) report.refused(reason, detail);
    isTold = true;
  };

  const cut = (code: number, reason: Reason, detail: string): void => {
    tellCut(reason, detail);
    isClosing = true;
    session.destroy(new Error(detail), code);
    destroyLater(socket);
  };

  const close = (): void => {
    if (isClosing) return;
    isClosing = true;
    session.close();
    if (open.size === 0) endInTime();
  };

  /** The engine ends the connection after its last stream, but waits for a client without end. */
  const endInTime = (): void => {
    // It may be gone before the last handler has ended.
    if (socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), limits.request_timeout);
    socket.once('close', () => clearTimeout(timer));
    socket.once('finish', () => destroyLater(socket));
  };

  const hasTrouble = (): void => {
    if (!troubles.add(1, performance.now()) && !session.destroyed) {
      cut(NGHTTP2_ENHANCE_YOUR_CALM, 'http2_flood', 'too many requests were reset or refused');
    }
  };

  const context: ExchangeContext = {
    connection: facts,
    stallMs: limits.request_timeout,
    tunnelIdleMs: limits.tunnel_idle_timeout,
    mustClose: () => isClosing || deps.isStopping(),
    onMisuse: report.misuse,
  };

  const serve = async (opened: OpenExchange, message: StreamMessage): Promise<void> => {
    try {
      await deps.handle(opened);
      if (opened.delivery === undefined) throw new Error('the handler gave no answer');
    } catch (error) {
      report.misuse('a request could not be handled', error);
      message.cutOff();
    }
  };

  const refuse = (error: RequestError, message: StreamMessage): void => {
    report.refused(error.reason, error.message, error.status);
    const body = { error: error.code, error_description: error.publicText };
    void message.send(jsonAnswer(error.status, body, error.headers), {
      close: context.mustClose(),
      stallMs: context.stallMs,
      onUnwritable: (cause) => report.misuse('an answer could not be written', cause),
    });
    hasTrouble();
  };

  const begin = (
    stream: ServerHttp2Stream,
    { method, endsStream, rawHeaders }: ReceivedHead,
  ): void => {
    const receivedAt = performance.now();
    const message = createStreamMessage(stream, {
      method,
      onBodyBytes: overhead.body,
      closeConnection: close,
    });
    let opened: OpenExchange;
    try {
      const head = readStreamHead(rawHeaders, { endsStream, maxBytes: limits.max_header_bytes });
      overhead.request(headBytes(head.headers), head.hasBody ? WINDOW_BYTES : 0);
      const received = { requestId: deps.nextRequestId(), receivedAt };
      opened = openExchange(received, head, message, context);
    } catch (error) {
      if (error instanceof RequestError) refuse(error, message);
      else {
        report.misuse('a request could not be read', error);
        message.cutOff();
      }
      return;
    }
    open.add(opened);
    stream.once('aborted', () => opened.clientLeft());
    stream.once('close', () => {
      if (stream.rstCode === NGHTTP2_NO_ERROR && !stream.aborted) return;
      opened.clientLeft();
      if (!message.isEnded()) hasTrouble();
    });
    void serve(opened, message).then(() => {
      open.delete(opened);
      if (open.size > 0) return;
      idleSince = performance.now();
      if (isClosing) endInTime();
    });
  };

  // What it means is told by `close`.
  socket.on('error', () => {});
  socket.once('close', () => {
    isClosing = true;
    numbers.processed(session.state.lastProcStreamID ?? 0);
    for (const opened of open) opened.clientLeft();
  });
  const session = openSession(socket, limits.max_header_bytes);
  session.on('error', (error) => {
    const failure = sessionFailure(error);
    if (failure !== undefined) tellCut(failure.reason, failure.detail);
  });
  session.on('stream', (stream, { ':method': method }, flags, rawHeaders) => {
    numbers.seen(stream.id ?? 0);
    stream.on('error', () => {});
    // Taken back before it was looked at: nobody needs to work for it.
    if (stream.closed || stream.destroyed) hasTrouble();
    // A stream that was taken back makes room for another at once, its handler not.
    else if (open.size >= MAX_STREAMS) stream.close(NGHTTP2_REFUSED_STREAM);
    else {
      const endsStream = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
      begin(stream, { method, endsStream, rawHeaders });
    }
  });

  return {
    check: (now) => {
      if (session.destroyed) return;
      // The header block of the last one may still be on its way.
      numbers.processed((session.state.lastProcStreamID ?? 0) - 2);
      if (!overhead.check(socket, now)) {
        cut(NGHTTP2_ENHANCE_YOUR_CALM, 'http2_flood', 'too many frames that carry no request');
      } else if (!numbers.isUsed() && now - openedAt > limits.header_timeout) {
        cut(NGHTTP2_NO_ERROR, 'request_timeout', 'no request came in time');
      } else if (open.size === 0 && now - idleSince > limits.idle_timeout) close();
      for (const opened of open) {
        if (now - opened.receivedAt <= limits.request_timeout) continue;
        opened.bodyFailed(tooSlow('the body did not come in time'));
      }
    },
    endIfUsed: () => {
      if (numbers.isUsed()) close();
    },
    destroyUnlessBusy: () => {
      if (open.size === 0) socket.destroy();
    },
  };
}
