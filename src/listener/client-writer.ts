/** What is written to one client of HTTP/1.1, and whether the client takes it. */

import type { Duplex } from 'node:stream';
import type { Delivery } from '../http/exchange.ts';

/** A class for the sake of its cost: one is made for each connection. */
export class ClientWriter {
  readonly socket: Duplex;
  #untaken = 0;
  /** When it was first seen that the client takes nothing; undefined since it last took something. */
  #since: number | undefined;
  #waiting: ((delivery: Delivery) => void) | undefined;
  #bytes = 0;

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  /** The socket is closed: what has not been taken never will be. */
  close(): void {
    this.#settle('client_gone');
  }

  /** Writes octets, or text with one character for each. Returns whether more is taken at once. */
  write(data: string | Uint8Array): boolean {
    this.#untaken += 1;
    return typeof data === 'string'
      ? this.socket.write(data, 'latin1', this.#onTaken)
      : this.socket.write(data, this.#onTaken);
  }

  /**
   * What becomes of an answer that is written, when all of it was handed to the system or never will be.
   *
   * @param bytes of its body.
   */
  delivered(bytes: number): Promise<Delivery> | Delivery {
    if (this.socket.closed) return { outcome: 'client_gone', bytes };
    if (this.#untaken === 0) return { outcome: 'sent', bytes };
    this.#bytes = bytes;
    return new Promise(this.#wait);
  }

  /**
   * Milliseconds for which the client was seen to take nothing of what is ready for it. To be asked again
   * and again: it counts from the first time, since to look at the clock for each answer would cost more.
   *
   * @param now `performance.now()`
   */
  stalledMs(now: number): number {
    if (this.#untaken === 0) return 0;
    this.#since ??= now;
    return now - this.#since;
  }

  readonly #onTaken = (error?: Error | null): void => {
    // What it means is told by `close`.
    if (error) return;
    this.#untaken -= 1;
    this.#since = undefined;
    if (this.#untaken === 0) this.#settle('sent');
  };

  readonly #wait = (resolve: (delivery: Delivery) => void): void => {
    this.#waiting = resolve;
  };

  #settle(outcome: Delivery['outcome']): void {
    this.#waiting?.({ outcome, bytes: this.#bytes });
    this.#waiting = undefined;
  }
}
