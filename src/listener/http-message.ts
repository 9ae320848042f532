/** Request and answer of HTTP/1.1, as an exchange needs them. */

import type { Readable } from 'node:stream';
import type { Answer, Delivery } from '../http/exchange.ts';
import { sendAnswer } from './answer.ts';
import type { WriteAnswerHead } from './answer-text.ts';
import { ArrivingBody } from './arriving-body.ts';
import type { ClientWriter } from './client-writer.ts';
import { createEmptyBody } from './request-body.ts';
import type { Message, SendOptions } from './exchange.ts';
import type { BodyWatch } from './request-body.ts';
import type { Http1Head } from './request-head.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** A class for the sake of its cost: one is made for each request. */
export class HttpMessage implements Message {
  /** Filled by the connection; undefined for a request that has none. */
  readonly body: ArrivingBody | undefined;
  readonly head: Http1Head;
  /** `performance.now()` when the head was complete. */
  readonly receivedAt = performance.now();
  readonly #writer: ClientWriter;
  readonly #writeHead: WriteAnswerHead;
  #isAnswered = false;
  #closes = false;

  constructor(head: Http1Head, writer: ClientWriter, writeHead: WriteAnswerHead) {
    this.body = head.hasBody ? new ArrivingBody(writer.socket) : undefined;
    this.head = head;
    this.#writer = writer;
    this.#writeHead = writeHead;
  }

  /** Whether the client was told that its connection ends with the answer. */
  get closes(): boolean {
    return this.#closes;
  }

  hasArrived(): boolean {
    return this.body === undefined || this.body.isComplete;
  }

  arrivedBody(): Uint8Array | undefined {
    return this.body?.bytes;
  }

  openBody(watch: BodyWatch): Readable {
    return this.body === undefined ? createEmptyBody() : this.body.open(watch);
  }

  sendContinue(): void {
    if (!this.#isAnswered && !this.hasArrived()) this.#writer.write(CONTINUE);
  }

  cutOff(): void {
    this.#writer.socket.destroy();
  }

  send(
    answer: Answer,
    { close, stallMs, onUnwritable }: SendOptions,
  ): Promise<Delivery> | Delivery {
    const { method, version, keepsConnection } = this.head;
    this.#isAnswered = true;
    // What is still to come of the request would be read as another one.
    this.#closes = close || !keepsConnection || !this.hasArrived();
    return sendAnswer(this.#writer, answer, {
      method,
      takesChunks: version === '1.1',
      writeHead: this.#writeHead,
      close: this.#closes,
      stallMs,
      onUnwritable,
    });
  }
}
