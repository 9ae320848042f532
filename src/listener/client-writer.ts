/** What is written to one client of HTTP/1.1, and whether the client takes it. */

import type { Duplex } from 'node:stream';

/** A class for the sake of its cost: one is made for each connection. */
export class ClientWriter {
  readonly socket: Duplex;
  #untaken = 0;
  /** `performance.now()` when the client last took something, or was given something to take. */
  #since = 0;
  #waiting: ((isTaken: boolean) => void) | undefined;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.once('close', () => this.#waiting?.(false));
  }

  /** Writes octets, or text with one character for each. Returns whether more is taken at once. */
  write(data: string | Uint8Array): boolean {
    if (this.#untaken === 0) this.#since = performance.now();
    this.#untaken += 1;
    return typeof data === 'string'
      ? this.socket.write(data, 'latin1', this.#onTaken)
      : this.socket.write(data, this.#onTaken);
  }

  /** Resolves to true when all was handed to the system, to false when it never will be. */
  taken(): Promise<boolean> | boolean {
    if (this.socket.closed) return false;
    if (this.#untaken === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting = resolve;
    return promise;
  }

  /** Milliseconds for which the client has taken nothing of what is ready for it. */
  stalledMs(now: number): number {
    return this.#untaken === 0 ? 0 : now - this.#since;
  }

  readonly #onTaken = (error?: Error | null): void => {
    // What it means is told by `close`.
    if (error) return;
    this.#untaken -= 1;
    if (this.#untaken > 0) this.#since = performance.now();
    else {
      this.#waiting?.(true);
      this.#waiting = undefined;
    }
  };
}
