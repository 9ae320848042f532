/** Request and answer of HTTP/1.1, as an exchange needs them. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Answer, Delivery } from '../http/exchange.ts';
import { sendAnswer } from './answer.ts';
import type { Message, SendOptions } from './exchange.ts';
import { createRequestBody } from './request-body.ts';
import type { BodyWatch } from './request-body.ts';

export function createHttpMessage(
  request: IncomingMessage,
  response: ServerResponse,
  hasBody: boolean,
): Message {
  return new HttpMessage(request, response, hasBody);
}

/** A class for the sake of its cost: one is made for each request. */
class HttpMessage implements Message {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #hasBody: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, hasBody: boolean) {
    this.#request = request;
    this.#response = response;
    this.#hasBody = hasBody;
  }

  hasArrived(): boolean {
    return !this.#hasBody || this.#request.complete;
  }

  openBody(watch: BodyWatch): Readable {
    return createRequestBody(this.#request, watch);
  }

  sendContinue(): void {
    if (!this.#response.headersSent) this.#response.writeContinue();
  }

  cutOff(): void {
    this.#response.destroy();
  }

  send(answer: Answer, options: SendOptions): Promise<Delivery> {
    return sendAnswer(this.#request, this.#response, answer, {
      ...options,
      hasArrived: () => this.hasArrived(),
      close: options.close || !this.hasArrived(),
    });
  }
}
