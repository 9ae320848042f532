/**
 * Where the octets of the upstream are read to. Node would take new memory for each read; here all
 * connections share one room, and only a connection whose answer streams has one of its own.
 */

import type { OnReadOpts } from 'node:net';

/** What the system is asked for at once. */
const ROOM_BYTES = 65_536;
/** A piece that fills so much of a connection's own room is given away with it, not copied. */
const MUCH_OF_ROOM = ROOM_BYTES / 2;

/** A class for the sake of its cost: it is asked at each read. */
export class Reading {
  /** For the socket, which has no `data` then. */
  readonly onread: OnReadOpts;
  readonly #shared: Buffer;
  #room: Buffer;
  /** Where the next read goes, if elsewhere. */
  #next: Buffer | undefined;
  #take: (bytes: Buffer) => void;

  /** @param unasked is given what comes while nobody takes it. */
  constructor(shared: Buffer, unasked: () => void) {
    this.#shared = shared;
    this.#room = shared;
    this.#take = unasked;
    this.onread = {
      buffer: () => this.#roomOfNext(),
      callback: (octets) => {
        this.#take(this.#room.subarray(0, octets));
        return true;
      },
    };
  }

  /** @param take is given all that comes, which is good until it returns. */
  to(take: (bytes: Buffer) => void): void {
    this.#take = take;
  }

  /** A piece of what is being taken, as it may be kept. */
  keep(piece: Buffer): Buffer {
    if (this.#room === this.#shared || piece.length < MUCH_OF_ROOM) return Buffer.from(piece);
    this.#next ??= createRoom();
    return piece;
  }

  /** More of an answer is to come. */
  ownRoom(): void {
    this.#next = createRoom();
  }

  /** The answer is complete. */
  shareRoom(): void {
    this.#next = this.#shared;
  }

  #roomOfNext(): Buffer {
    this.#room = this.#next ?? this.#room;
    this.#next = undefined;
    return this.#room;
  }
}

/** What is read to. */
export function createRoom(): Buffer {
  return Buffer.allocUnsafeSlow(ROOM_BYTES);
}
