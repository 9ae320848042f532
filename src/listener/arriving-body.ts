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
  /** What nobody has been given yet. */
  #pieces: Buffer[] = [];
  #unread = 0;
  #isComplete = false;
  /** Set when somebody reads. */
  #reader: Readable | undefined;
  /** The reader has asked for more and has not been given it. */
  #isWanted = false;
  #watch: BodyWatch | undefined;

  /** @param source is paused while enough is unread. */
  constructor(source: Duplex) {
    this.#source = source;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The whole body where it has come and nobody has begun to read it. */
  get bytes(): Buffer | undefined {
    if (!this.#isComplete || this.#reader !== undefined) return undefined;
    return this.#joined();
  }

  add(piece: Buffer): void {
    if (this.#reader?.destroyed === true) {
      this.#source.pause();
      return;
    }
    this.#pieces.push(piece);
    this.#unread += Math.max(piece.length, LEAST_PIECE_BYTES);
    if (this.#isWanted) this.#handOver();
    const given = this.#reader?.readableLength ?? 0;
    if (this.#unread + given > MAX_UNREAD_BYTES) this.#source.pause();
  }

  end(): void {
    this.#isComplete = true;
    // Nothing more of it comes, but the client may leave.
    this.#source.resume();
    if (this.#isWanted) this.#handOver();
  }

  /** The body as a stream. Destroying it leaves the connection as it is. */
  open(watch: BodyWatch): Readable {
    this.#watch = watch;
    const body = new Readable({
      // One piece at a time: what follows is kept here, where small ones count for what they take.
      highWaterMark: 1,
      read: () => {
        if (this.#reader === undefined) {
          this.#reader = body;
          watch.onFirstRead();
        }
        this.#isWanted = true;
        this.#handOver();
      },
      destroy: (error, done) => {
        this.#pieces = [];
        this.#unread = 0;
        if (!this.#isComplete) this.#source.pause();
        done(error);
      },
    });
    // A client may leave while nobody reads.
    body.on('error', () => {});
    return body;
  }

  #handOver(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#pieces.length > 0) {
      const piece = this.#joined();
      this.#pieces = [];
      this.#unread = 0;
      this.#isWanted = false;
      this.#watch?.onBytes(piece.length);
      if (!reader.destroyed) reader.push(piece);
    } else if (!this.#isComplete) this.#source.resume();
    if (this.#isComplete && !reader.destroyed) reader.push(null);
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }
}
