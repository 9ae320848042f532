/** One request of the HTTP engine as the `Exchange` that every room behind the listener sees. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RequestError } from '../errors.ts';
import type { Answer, ConnectionFacts, Delivery, Exchange } from '../http/exchange.ts';
import { sendAnswer } from './answer.ts';
import { createEmptyBody, createRequestBody } from './request-body.ts';
import type { RequestHead } from './request-head.ts';

export interface ExchangeOptions {
  readonly requestId: string;
  readonly connection: ConnectionFacts;
  readonly receivedAt: number;
  readonly stallMs: number;
  /** Whether the connection must end after the answer, asked when the answer is there. */
  readonly mustClose: () => boolean;
  /** Told what is a bug of whoever answers. */
  readonly onMisuse: (text: string, error?: unknown) => void;
}

/** The exchange with the side that only its connection uses. */
export interface OpenExchange {
  readonly exchange: Exchange;
  isAnswered(): boolean;
  /** The connection is gone. */
  clientLeft(): void;
  /** The rest of the body can't be read; whoever reads it learns why. */
  bodyFailed(error: RequestError): void;
}

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  head: RequestHead,
  options: ExchangeOptions,
): OpenExchange {
  // Body and signal are made when first asked for: most requests need neither.
  let body: Readable | undefined;
  let bodyError: RequestError | undefined;
  let controller: AbortController | undefined;
  let isGone = false;
  let isAnswered = false;
  let isOver = false;

  const hasArrived = (): boolean => !head.hasBody || request.complete;

  const openBody = (): Readable => {
    if (!head.hasBody) return createEmptyBody();
    const opened = createRequestBody(request, () => {
      if (head.expectsContinue && !response.headersSent && !isGone) response.writeContinue();
    });
    if (bodyError !== undefined) opened.destroy(bodyError);
    return opened;
  };

  const respond = async (answer: Answer): Promise<Delivery> => {
    if (isAnswered) {
      options.onMisuse('a request was answered twice');
      discardAnswer(answer);
      return { outcome: 'broken', bytes: 0 };
    }
    isAnswered = true;
    // The engine tells of a request before it parses a body that came in the same read; an answer
    // given at once is not too early for it.
    if (!hasArrived()) await nextTurn();
    if (isGone) {
      discardAnswer(answer);
      return { outcome: 'client_gone', bytes: 0 };
    }
    const delivery = await sendAnswer(request, response, answer, {
      hasArrived,
      close: answer.close === true || !hasArrived() || options.mustClose(),
      stallMs: options.stallMs,
      onUnwritable: (error) => options.onMisuse('an answer could not be written', error),
    });
    isOver = true;
    return delivery;
  };

  const exchange: Exchange = {
    requestId: options.requestId,
    receivedAt: options.receivedAt,
    method: head.method,
    target: head.target,
    host: head.host,
    headers: head.headers,
    hasBody: head.hasBody,
    get body() {
      body ??= openBody();
      return body;
    },
    connection: options.connection,
    get signal() {
      controller ??= new AbortController();
      if (isGone) controller.abort();
      return controller.signal;
    },
    respond,
  };
  const failBody = (error: RequestError): void => {
    if (!head.hasBody) return;
    bodyError ??= error;
    if (body?.readableEnded === false) body.destroy(error);
  };
  return {
    exchange,
    isAnswered: () => isAnswered,
    clientLeft: () => {
      if (isOver) return;
      isGone = true;
      controller?.abort();
      // Also what has arrived: the engine gives nothing more of it to a late reader.
      failBody(clientLeft());
    },
    bodyFailed: (error) => {
      if (!hasArrived()) failBody(error);
    },
  };
}

function discardAnswer({ body }: Answer): void {
  if (body === undefined || body instanceof Uint8Array) return;
  body.on('error', () => {});
  body.destroy();
}

/** Nobody is left to be told; the text is for the log. */
function clientLeft(): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'request_malformed',
    publicText: 'the request is not complete',
    detail: 'the client left before its request was complete',
  });
}
