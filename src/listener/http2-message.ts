/** Request and answer of one HTTP/2 stream, as an exchange needs them. */

import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Answer, Delivery } from '../http/exchange.ts';
import type { Message, SendOptions } from './exchange.ts';
import { sendStreamAnswer } from './http2-answer.ts';
import { createRequestBody } from './request-body.ts';
import type { BodyWatch } from './request-body.ts';

const { NGHTTP2_NO_ERROR } = constants;

export interface StreamMessageDeps {
  readonly method: string | undefined;
  /** Told of each piece of the body, in bytes. */
  readonly onBodyBytes: (bytes: number) => void;
  /** Ends the connection when its last stream has ended. */
  readonly closeConnection: () => void;
}

export interface StreamMessage extends Message {
  /** Whether we ended the stream, well or not; else its client has left. */
  isEnded(): boolean;
}

export function createStreamMessage(
  stream: ServerHttp2Stream,
  deps: StreamMessageDeps,
): StreamMessage {
  return new Http2Message(stream, deps);
}

/** A class for the sake of its cost: one is made for each request. */
class Http2Message implements StreamMessage {
  readonly #stream: ServerHttp2Stream;
  readonly #deps: StreamMessageDeps;
  #isEnded = false;

  constructor(stream: ServerHttp2Stream, deps: StreamMessageDeps) {
    this.#stream = stream;
    this.#deps = deps;
  }

  hasArrived(): boolean {
    const stream = this.#stream;
    return stream.endAfterHeaders || stream.readableEnded || stream.state.remoteClose === 1;
  }

  /** Its octets have to be read to be had. */
  arrivedBody(): undefined {
    return undefined;
  }

  openBody({ onFirstRead, onBytes }: BodyWatch): Readable {
    return createRequestBody(this.#stream, {
      onFirstRead,
      onBytes: (bytes) => {
        this.#deps.onBodyBytes(bytes);
        onBytes(bytes);
      },
    });
  }

  sendContinue(): void {
    const { closed, headersSent } = this.#stream;
    if (!closed && !headersSent) this.#stream.additionalHeaders({ ':status': 100 });
  }

  async send(answer: Answer, options: SendOptions): Promise<Delivery> {
    const delivery = await sendStreamAnswer(this.#stream, answer, {
      method: this.#deps.method,
      cutOff: () => this.cutOff(),
      stallMs: options.stallMs,
      onUnwritable: options.onUnwritable,
    });
    if (delivery.outcome === 'sent') this.#end();
    if (options.close) this.#deps.closeConnection();
    return delivery;
  }

  /** Resets the stream with INTERNAL_ERROR. */
  cutOff(): void {
    this.#isEnded = true;
    // `close` would first end what is written so far, and the client take it for the whole.
    this.#stream.destroy(new Error('cut off'));
  }

  isEnded(): boolean {
    return this.#isEnded;
  }

  /** The rest of a body that came too late to matter is not wanted (RFC 9113 section 8.1). */
  #end(): void {
    this.#isEnded = true;
    if (!this.hasArrived()) this.#stream.close(NGHTTP2_NO_ERROR);
    // What has arrived unread holds the stream open.
    else if (!this.#stream.readableEnded) this.#stream.resume();
  }
}
