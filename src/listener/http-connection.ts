/** One connection of the HTTP engine: its requests one after the other, and how it ends. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { RequestError } from '../errors.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import { createConnectionReport } from './connection-report.ts';
import { discard, endSoon } from './drain.ts';
import { asksToUpgrade, createUpgradeResponse, upgradeRefusal } from './upgrade.ts';
import { openExchange } from './exchange.ts';
import type { ExchangeContext, OpenExchange, ReceivedRequest } from './exchange.ts';
import { createHttpMessage } from './http-message.ts';
import { parserRefusal, refusalBytes } from './refusal.ts';
import { readHead } from './request-head.ts';

/**
 * Requests that may wait for the one before them. The engine parses all that a read brings, so
 * that slowing down the socket would not bound them.
 */
const MAX_PIPELINED = 64;

/** What is sent by a client that could not be told of the end has so long to arrive. */
const IDLE_GRACE_MS = 1_000;

/** A request as the engine gave it. */
interface EngineRequest extends ReceivedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface HttpConnectionDeps {
  readonly handle: (exchange: Exchange) => Promise<void>;
  readonly events: EventSink;
  readonly stallMs: number;
  readonly tunnelIdleMs: number;
  /** Whether any request may go on as a WebSocket; which one, the handler decides. */
  readonly takesUpgrades: boolean;
  /** Whether answers say that their connection ends. */
  readonly isStopping: () => boolean;
  /** Whether a connection that waits between two requests is ended. */
  readonly endsIdle: () => boolean;
  readonly nextRequestId: () => string;
}

export interface HttpConnection {
  receive(request: IncomingMessage, response: ServerResponse): void;
  /**
   * CONNECT, or a request for another protocol; the engine has let go of the socket.
   *
   * @param early what came behind the head already.
   */
  receiveUpgrade(request: IncomingMessage, stream: Duplex, early: Uint8Array): void;
  parserFailed(error: Error): void;
  /** Ends a connection that waits between two requests, not for its first or the rest of one. */
  endIfIdle(): void;
  /** Destroys a connection without a request in the hands of the handler. */
  destroyUnlessBusy(): void;
}

export function createHttpConnection(
  socket: TLSSocket,
  facts: ConnectionFacts,
  deps: HttpConnectionDeps,
): HttpConnection {
  const waiting: EngineRequest[] = [];
  let active: OpenExchange | undefined;
  /** What had been read when the last exchange was over; undefined before the first. */
  let bytesAtRest: number | undefined;
  /** Set once: no request after this moment is looked at. */
  let isClosing = false;

  const report = createConnectionReport(facts, deps.events);

  const tellRefused = (error: RequestError, status: number | undefined): void =>
    report.refused(error.reason, error.message, status);

  const refuse = (error: RequestError, request?: IncomingMessage): void => {
    isClosing = true;
    tellRefused(error, socket.writable ? error.status : undefined);
    endSoon(socket, refusalBytes(error, { withBody: request?.method !== 'HEAD' }));
    if (request !== undefined) discard(request);
  };

  const drop = (error: RequestError): void => {
    isClosing = true;
    tellRefused(error, undefined);
    socket.destroy();
  };

  const serve = async (opened: OpenExchange, response: ServerResponse): Promise<void> => {
    const over = new Promise<void>((resolve) => void response.once('close', resolve));
    try {
      await deps.handle(opened);
      if (!opened.isAnswered()) throw new Error('the handler gave no answer');
    } catch (error) {
      report.misuse('a request could not be handled', error);
      socket.destroy();
    }
    await over;
  };

  const context: ExchangeContext = {
    connection: facts,
    stallMs: deps.stallMs,
    tunnelIdleMs: deps.tunnelIdleMs,
    mustClose: () => isClosing || deps.isStopping(),
    onMisuse: report.misuse,
  };

  const begin = (received: EngineRequest): void => {
    const { request, response } = received;
    let opened: OpenExchange;
    try {
      const head = readHead(request);
      const message = createHttpMessage(request, response, head.hasBody);
      opened = openExchange(received, head, message, context);
    } catch (error) {
      if (error instanceof RequestError) {
        refuse(error, request);
      } else {
        report.misuse('a request could not be read', error);
        socket.destroy();
      }
      return;
    }
    active = opened;
    void serve(opened, response).then(next);
  };

  const next = (): void => {
    active = undefined;
    const received = waiting.shift();
    // After an answer that said so, the engine has ended the connection.
    if (!socket.writable) return;
    if (isClosing) endSoon(socket);
    else if (received !== undefined) begin(received);
    else {
      bytesAtRest = socket.bytesRead;
      if (deps.endsIdle()) endIdleSoon();
    }
  };

  const endIfIdle = (): void => {
    if (active === undefined && socket.bytesRead === bytesAtRest) endSoon(socket);
  };

  /** The answer may have said that the connection stays: the next request can be on its way. */
  const endIdleSoon = (): void => {
    const timer = setTimeout(endIfIdle, IDLE_GRACE_MS);
    socket.once('close', () => clearTimeout(timer));
  };

  // One listener for all that may go wrong below: what it means is told by `close`.
  socket.on('error', () => {});
  socket.once('close', () => {
    isClosing = true;
    waiting.length = 0;
    active?.clientLeft();
  });

  return {
    receive: (request, response) => {
      if (isClosing || !socket.writable) return;
      const requestId = deps.nextRequestId();
      const received = { request, response, requestId, receivedAt: performance.now() };
      if (active === undefined) begin(received);
      else if (waiting.length < MAX_PIPELINED) waiting.push(received);
      else drop(tooManyPipelined());
    },
    receiveUpgrade: (request, stream, early) => {
      // For a request whose body is not there yet the stream is no socket of ours.
      stream.on('error', () => {});
      if (isClosing) {
        socket.destroy();
        return;
      }
      // The answer before can't be finished: the engine no longer writes to this socket.
      if (active !== undefined) drop(upgradeRefusal(request));
      else if (!deps.takesUpgrades || !asksToUpgrade(request)) refuse(upgradeRefusal(request));
      else {
        // What follows on this connection is no request, whatever the answer.
        isClosing = true;
        const response = createUpgradeResponse(request, socket);
        const requestId = deps.nextRequestId();
        const receivedAt = performance.now();
        begin({ request, response, requestId, receivedAt, upgrade: { socket, early } });
      }
    },
    parserFailed: (error) => {
      const refusal = parserRefusal(error);
      if (refusal === undefined) socket.destroy();
      // The parser fails again on every read; nothing of it is wanted.
      else if (isClosing) socket.pause();
      else if (active === undefined) refuse(refusal);
      else {
        isClosing = true;
        active.bodyFailed(refusal);
      }
    },
    endIfIdle,
    destroyUnlessBusy: () => {
      if (active === undefined) socket.destroy();
    },
  };
}

function tooManyPipelined(): RequestError {
  return new RequestError({
    status: 503,
    code: 'temporarily_unavailable',
    reason: 'overloaded',
    publicText: 'too many requests at once on one connection',
    detail: `more than ${MAX_PIPELINED} requests wait for the one before them`,
  });
}
