/** One request of an HTTP engine as the `Exchange` that every room behind the listener sees. */

import type { Duplex, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RequestError } from '../errors.ts';
import { whenAtHand } from '../http/at-hand.ts';
import { Leaving, hasLeft } from '../http/leave-signal.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import type { Answer, ConnectionFacts, Delivery, Exchange, Target } from '../http/exchange.ts';
import { discardAnswer, heedFailure } from './answer-body.ts';
import { createEmptyBody } from './request-body.ts';
import type { BodyWatch } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import { incomplete, tooLarge } from './refusal.ts';
import { joinTunnel } from './tunnel.ts';

/** What the exchanges of one connection share. */
export interface ExchangeContext {
  readonly connection: ConnectionFacts;
  readonly stallMs: number;
  readonly tunnelIdleMs: number;
  /** Whether the connection must end after the answer, asked when the answer is there. */
  readonly mustClose: () => boolean;
  /** Told what is a bug of whoever answers. */
  readonly onMisuse: (text: string, error?: unknown) => void;
}

/** What tells one request from another. */
export interface ReceivedRequest {
  readonly requestId: string;
  /** `performance.now()` when the header block was complete. */
  readonly receivedAt: number;
  /** Lets go of a connection on which the client asks to go on in another protocol. */
  readonly upgrade?: (() => LetGo) | undefined;
}

/** A connection that speaks no HTTP any more. */
export interface LetGo {
  readonly socket: Duplex;
  /** What came behind the head already. */
  readonly early: Uint8Array;
}

/** Request and answer as their engine has them: all that differs between HTTP/1.1 and HTTP/2. */
export interface Message {
  /** Whether the whole body has arrived. */
  hasArrived(): boolean;
  /** The whole body, where it has come and nobody has begun to read it. */
  arrivedBody(): Uint8Array | undefined;
  /** The body as a stream of its own. */
  openBody(watch: BodyWatch): Readable;
  /** Sends `100 Continue`, unless the answer has begun. */
  sendContinue(): void;
  /** Gives up: a client never takes what it has had of the answer for the whole. */
  cutOff(): void;
  /** Sends the answer. Never rejects. */
  send(answer: Answer, options: SendOptions): Promise<Delivery> | Delivery;
}

export interface SendOptions {
  /** End the connection after this answer. */
  readonly close: boolean;
  /** Longest time that a client may take nothing of what is ready for it. */
  readonly stallMs: number;
  /** Told when an answer can't be written because of what it holds. */
  readonly onUnwritable: (error: unknown) => void;
}

/** The exchange with the side that only its connection uses. */
export interface OpenExchange extends Exchange {
  /** What becomes of the answer, or has become of it; undefined while there is none. */
  readonly delivery: Promise<Delivery> | Delivery | undefined;
  /** The connection is gone. */
  clientLeft(): void;
  /** The rest of the body can't be read; whoever reads it learns why. */
  bodyFailed(error: RequestError): void;
}

const NOTHING = Buffer.alloc(0);

/** Opens the exchange of a request. */
export function openExchange(
  received: ReceivedRequest,
  head: RequestHead,
  message: Message,
  context: ExchangeContext,
): OpenExchange {
  return new EngineExchange(received, head, message, context);
}

/**
 * A class for once: body and signal are made when first asked for, since most requests need
 * neither, and getters in an object literal would cost more than the rest of the exchange.
 */
class EngineExchange implements OpenExchange {
  readonly requestId: string;
  readonly receivedAt: number;
  readonly method: string;
  readonly target: Target;
  readonly host: string;
  readonly headers: Exchange['headers'];
  readonly upgrade: Exchange['upgrade'];
  readonly hasBody: boolean;
  readonly connection: ConnectionFacts;
  delivery: OpenExchange['delivery'];

  readonly #message: Message;
  readonly #upgrade: ReceivedRequest['upgrade'];
  readonly #context: ExchangeContext;
  readonly #expectsContinue: boolean;
  #body: Readable | undefined;
  #bodyError: RequestError | undefined;
  #bodyRoom = Infinity;
  #leaving: Leaving | undefined;
  #isGone = false;
  #isOver = false;

  constructor(
    received: ReceivedRequest,
    head: RequestHead,
    message: Message,
    context: ExchangeContext,
  ) {
    this.requestId = received.requestId;
    this.receivedAt = received.receivedAt;
    this.method = head.method;
    this.target = head.target;
    this.host = head.host;
    this.headers = head.headers;
    this.hasBody = head.hasBody;
    this.connection = context.connection;
    this.#message = message;
    this.#upgrade = received.upgrade;
    this.upgrade = received.upgrade === undefined ? undefined : 'websocket';
    this.#context = context;
    this.#expectsContinue = head.expectsContinue;
  }

  get body(): Readable {
    this.#body ??= this.#openBody();
    return this.#body;
  }

  get arrivedBody(): Uint8Array | undefined {
    if (this.#body !== undefined || this.#bodyError !== undefined) return undefined;
    const bytes = this.hasBody ? this.#message.arrivedBody() : NOTHING;
    // Whoever reads it learns that it is too large.
    return bytes !== undefined && bytes.length <= this.#bodyRoom ? bytes : undefined;
  }

  limitBody(maxBytes: number): void {
    this.#bodyRoom = maxBytes;
  }

  get signal(): LeaveSignal {
    this.#leaving ??= new Leaving();
    if (this.#isGone) this.#leaving.abort(hasLeft());
    return this.#leaving;
  }

  respond(answer: Answer): Promise<Delivery> | Delivery {
    if (this.delivery === undefined) {
      if (this.#hasArrived()) this.delivery = this.#send(answer);
      else {
        heedFailure(answer.body);
        // A body that came in the same read may be a record of TLS, or a frame, of its own: an answer
        // given at once is not too early for it.
        this.delivery = nextTurn().then(() => this.#send(answer));
      }
      return this.delivery;
    }
    this.#context.onMisuse('a request was answered twice');
    discardAnswer(answer);
    return { outcome: 'broken', bytes: 0 };
  }

  #send(answer: Answer): Promise<Delivery> | Delivery {
    const { onMisuse, mustClose, stallMs } = this.#context;
    if (this.#isGone) {
      discardAnswer(answer);
      return { outcome: 'client_gone', bytes: 0 };
    }
    if (answer.tunnel !== undefined) return this.#switchProtocols(answer, answer.tunnel);
    const delivery = this.#message.send(answer, {
      close: answer.close === true || mustClose(),
      stallMs,
      onUnwritable: (error) => onMisuse('an answer could not be written', error),
    });
    return whenAtHand(delivery, (settled) => {
      this.#isOver = true;
      this.delivery = settled;
      return settled;
    });
  }

  async #switchProtocols(answer: Answer, tunnel: Duplex): Promise<Delivery> {
    const { onMisuse, tunnelIdleMs } = this.#context;
    // From here on it is the tunnel that hears of the end of the connection.
    this.#isOver = true;
    try {
      if (this.#upgrade === undefined || answer.status !== 101) throw new Error('not asked for');
      const { headers } = answer;
      return await joinTunnel({ ...this.#upgrade(), headers, tunnel, idleMs: tunnelIdleMs });
    } catch (error) {
      onMisuse('a tunnel could not be joined', error);
      tunnel.destroy();
      this.#message.cutOff();
      return { outcome: 'broken', bytes: 0 };
    }
  }

  clientLeft(): void {
    if (this.#isOver) return;
    this.#isGone = true;
    this.#leaving?.abort(hasLeft());
    // Also what has arrived: the engine gives nothing more of it to a late reader.
    this.#failBody(incomplete());
  }

  bodyFailed(error: RequestError): void {
    if (!this.#hasArrived()) this.#failBody(error);
  }

  #hasArrived(): boolean {
    return !this.hasBody || this.#message.hasArrived();
  }

  #openBody(): Readable {
    if (!this.hasBody) return createEmptyBody();
    const body = this.#message.openBody({
      onFirstRead: () => {
        if (this.#expectsContinue && !this.#isGone) this.#message.sendContinue();
      },
      onBytes: (bytes) => {
        this.#bodyRoom -= bytes;
        if (this.#bodyRoom < 0) this.#failBody(tooLarge());
      },
    });
    if (this.#bodyError !== undefined) body.destroy(this.#bodyError);
    return body;
  }

  #failBody(error: RequestError): void {
    if (!this.hasBody) return;
    this.#bodyError ??= error;
    if (this.#body?.readableEnded === false) this.#body.destroy(error);
  }
}
