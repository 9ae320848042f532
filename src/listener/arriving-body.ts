/** The body of one request of HTTP/1.1 on its way from the socket to whoever reads it. */

import { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { BodyWatch } from './request-body.ts';
import { LEAST_PIECE_BYTES } from './request-reader.ts';

/** What is kept of a body before somebody reads it; more waits in the client. */
const MAX_UNREAD_BYTES = 65_536;

/** A class for the sake of its cost, as that of its message. */
export class ArrivingBody {
  readonly #source: Duplex;
  #pieces: Buffer[] = [];
  #unread = 0;
  #isComplete = false;
  /** Set when somebody reads. */
  #reader: Readable | undefined;
  #watch: BodyWatch | undefined;

  /** @param source is paused while the reader has enough. */
  constructor(source: Duplex) {
    this.#source = source;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The whole body where it has come and nobody has begun to read it. */
  get bytes(): Buffer | undefined {
    if (!this.#isComplete || this.#reader !== undefined) return undefined;
    const [first] = this.#pieces;
    return this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }

  add(piece: Buffer): void {
    if (this.#reader !== undefined) {
      if (!this.#handOver(piece)) this.#source.pause();
      return;
    }
    this.#pieces.push(piece);
    this.#unread += Math.max(piece.length, LEAST_PIECE_BYTES);
    if (this.#unread > MAX_UNREAD_BYTES) this.#source.pause();
  }

  end(): void {
    this.#isComplete = true;
    if (this.#reader?.destroyed === false) this.#reader.push(null);
  }

  /** The body as a stream. Destroying it leaves the connection as it is. */
  open(watch: BodyWatch): Readable {
    this.#watch = watch;
    const body = new Readable({
      read: () => {
        if (this.#reader === undefined) this.#begin(body, watch);
        else if (!this.#isComplete) this.#source.resume();
      },
      destroy: (error, done) => {
        this.#pieces = [];
        if (!this.#isComplete) this.#source.pause();
        done(error);
      },
    });
    // A client may leave while nobody reads.
    body.on('error', () => {});
    return body;
  }

  #begin(body: Readable, watch: BodyWatch): void {
    this.#reader = body;
    watch.onFirstRead();
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const piece of pieces) this.#handOver(piece);
    if (this.#isComplete) this.end();
    else this.#source.resume();
  }

  /** Returns whether the reader takes more at once. */
  #handOver(piece: Buffer): boolean {
    const reader = this.#reader;
    this.#watch?.onBytes(piece.length);
    return reader !== undefined && !reader.destroyed && reader.push(piece);
  }
}
