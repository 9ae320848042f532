/** One connection of the HTTP/1.1 engine: its requests one after the other, and how it ends. */

import type { Duplex } from 'node:stream';
import type { ListenerConfig } from '../config/schema.ts';
import { RequestError } from '../errors.ts';
import type { ConnectionFacts, Exchange } from '../http/exchange.ts';
import type { EventSink } from '../telemetry/events.ts';
import type { WriteAnswerHead } from './answer-text.ts';
import { ClientWriter } from './client-writer.ts';
import { createConnectionReport } from './connection-report.ts';
import type { ConnectionReport } from './connection-report.ts';
import { destroyOnError, drop, endSoon, whileOpen } from './drain.ts';
import { openExchange } from './exchange.ts';
import type { ExchangeContext, LetGo, OpenExchange } from './exchange.ts';
import { HttpMessage } from './http-message.ts';
import { incomplete, refusalBytes, tooSlow } from './refusal.ts';
import { RequestClock } from './request-clock.ts';
import type { Http1Head } from './request-head.ts';
import { RequestReader } from './request-reader.ts';
import type { RequestSink } from './request-reader.ts';

/** What is kept of requests that wait for the one before them; more waits in the client. */
const MAX_HELD_BYTES = 65_536;

/** What is sent by a client that could not be told of the end has so long to arrive. */
const IDLE_GRACE_MS = 1_000;

export interface HttpConnectionDeps {
  readonly handle: (exchange: Exchange) => Promise<void>;
  readonly events: EventSink;
  readonly limits: ListenerConfig['limits'];
  /** Whether any request may go on as a WebSocket; which one, the handler decides. */
  readonly takesUpgrades: boolean;
  /** Whether answers say that their connection ends. */
  readonly isStopping: () => boolean;
  /** Whether a connection that waits between two requests is ended. */
  readonly endsIdle: () => boolean;
  readonly nextRequestId: () => string;
  readonly writeHead: WriteAnswerHead;
}

/** A class for the sake of its cost, as its parts are. */
export class HttpConnection implements RequestSink {
  readonly #socket: Duplex;
  readonly #deps: HttpConnectionDeps;
  readonly #report: ConnectionReport;
  readonly #context: ExchangeContext;
  readonly #reader: RequestReader;
  readonly #writer: ClientWriter;
  readonly #clock: RequestClock;
  /** Of the request whose body is read, or whose answer is awaited. */
  #message: HttpMessage | undefined;
  /** The same while it has not been handed over. */
  #unopened: HttpMessage | undefined;
  #opened: OpenExchange | undefined;
  /** Set once: no request after this moment is looked at. */
  #isClosing = false;

  constructor(socket: Duplex, facts: ConnectionFacts, deps: HttpConnectionDeps) {
    const { limits, isStopping } = deps;
    this.#socket = socket;
    this.#deps = deps;
    this.#report = createConnectionReport(facts, deps.events);
    this.#context = {
      connection: facts,
      // A client has as long to take what is ready for it as it has to send a request.
      stallMs: limits.request_timeout,
      tunnelIdleMs: limits.tunnel_idle_timeout,
      mustClose: () => this.#isClosing || isStopping(),
      onMisuse: this.#report.misuse,
    };
    this.#reader = new RequestReader(this, deps);
    this.#writer = new ClientWriter(socket);
    this.#clock = new RequestClock(limits);
    destroyOnError(socket);
    socket.once('close', this.#onClose);
    socket.once('end', this.#onEnd);
    socket.on('data', this.#read);
  }

  onHead(head: Http1Head): void {
    const message = new HttpMessage(head, this.#writer, this.#deps.writeHead);
    this.#message = message;
    this.#unopened = message;
    this.#clock.start(message.receivedAt);
  }

  onBody(piece: Buffer): void {
    this.#message?.body?.add(piece);
  }

  onEnd(): void {
    this.#message?.body?.end();
  }

  /** Ends what has taken too long; to be called again and again. */
  check(now: number): void {
    const clock = this.#clock;
    if (this.#writer.stalledMs(now) > this.#context.stallMs) this.#socket.destroy();
    else if (this.#isClosing) return;
    else if (this.#opened !== undefined) {
      const isLate = this.#reader.reads === 'body' && clock.isBodyLate(now);
      if (isLate) this.#fail(tooSlow('the body did not come in time'));
    } else if (clock.isHeadLate(now)) {
      this.#fail(tooSlow('the head of a request did not come in time'));
    } else if (clock.isIdleLate(now)) this.#close();
  }

  /** Ends a connection that waits between two requests, not for its first or the rest of one. */
  endIfIdle(): void {
    if (this.#clock.isIdle && !this.#isClosing) this.#close();
  }

  /** Destroys a connection without a request in the hands of the handler. */
  destroyUnlessBusy(): void {
    if (this.#opened === undefined) this.#socket.destroy();
  }

  readonly #onClose = (): void => {
    this.#isClosing = true;
    // Node keeps a socket for some time after its end, and with it all that listens.
    this.#socket.off('data', this.#read).off('end', this.#onEnd);
    this.#writer.close();
    this.#opened?.clientLeft();
  };

  readonly #onEnd = (): void => {
    // Somebody who leaves between two requests has done nothing wrong.
    if (!this.#isClosing && this.#reader.reads !== 'nothing') this.#fail(incomplete());
    this.#isClosing = true;
    if (!this.#socket.writableEnded) this.#socket.end();
  };

  /** @param bytes that came; absent to go on with those that wait. */
  readonly #read = (bytes?: Buffer): void => {
    const reader = this.#reader;
    try {
      if (bytes === undefined) reader.next();
      else reader.take(bytes);
    } catch (error) {
      this.#fail(error);
      return;
    }
    // Not before all that came has been read: a small body is then there as a whole.
    if (this.#unopened !== undefined) this.#begin(this.#unopened);
    else if (reader.reads === 'head') this.#clock.start();
    if (reader.heldBytes > MAX_HELD_BYTES) this.#socket.pause();
  };

  #begin(message: HttpMessage): void {
    this.#unopened = undefined;
    const { head, receivedAt } = message;
    const received = {
      requestId: this.#deps.nextRequestId(),
      receivedAt,
      upgrade: head.isUpgrade ? this.#holdBack() : undefined,
    };
    this.#opened = openExchange(received, head, message, this.#context);
    this.#serve(this.#opened);
  }

  /** What follows on this connection is no request, whatever the answer. */
  #holdBack(): () => LetGo {
    this.#hearNoMore();
    this.#socket.pause();
    const early = this.#reader.release();
    const socket = this.#socket;
    return () => {
      socket.off('end', this.#onEnd);
      return { socket, early };
    };
  }

  #serve(opened: OpenExchange): void {
    try {
      this.#deps.handle(opened).then(this.#onHandled, this.#onUnhandled);
    } catch (error) {
      this.#onUnhandled(error);
    }
  }

  readonly #onHandled = (): void => {
    const delivery = this.#opened?.delivery;
    if (delivery === undefined) this.#onUnhandled(new Error('the handler gave no answer'));
    // As a rule the handler has waited for it.
    else if (delivery instanceof Promise) delivery.then(this.#next, this.#onUnhandled);
    else this.#next();
  };

  readonly #onUnhandled = (error: unknown): void => {
    this.#report.misuse('a request could not be handled', error);
    this.#socket.destroy();
    // Before it is forgotten: something may still be done for it.
    this.#opened?.clientLeft();
    this.#next();
  };

  readonly #next = (): void => {
    const closes = this.#isClosing || this.#message?.closes === true;
    this.#opened = undefined;
    this.#message = undefined;
    // The client is gone, or was cut off.
    if (!this.#socket.writable) return;
    if (closes) {
      this.#close();
      return;
    }
    this.#clock.stop();
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#read();
    if (!this.#clock.isIdle || !this.#deps.endsIdle()) return;
    // The answer may have said that the connection stays: the next request can be on its way.
    whileOpen(this.#socket, IDLE_GRACE_MS, () => this.endIfIdle());
  };

  /** What comes can't be read, or did not come in time. */
  #fail(error: unknown): void {
    this.#unopened = undefined;
    if (!(error instanceof RequestError)) {
      this.#report.misuse('a request could not be read', error);
      this.#socket.destroy();
    } else if (this.#opened === undefined) this.#refuse(error);
    else {
      this.#hearNoMore();
      this.#socket.pause();
      this.#opened.bodyFailed(error);
    }
  }

  #refuse(error: RequestError): void {
    const { writable } = this.#socket;
    this.#report.refused(error.reason, error.message, writable ? error.status : undefined);
    this.#close(refusalBytes(error, { withBody: !this.#reader.asksForHead }));
  }

  /** Ends the connection when its client had time to read; what comes until then is dropped. */
  #close(lastBytes?: Uint8Array): void {
    this.#hearNoMore();
    drop(this.#socket);
    endSoon(this.#socket, lastBytes);
  }

  #hearNoMore(): void {
    this.#isClosing = true;
    this.#socket.off('data', this.#read);
  }
}
