/** Writes heads of messages of HTTP/1.1, one after the other. */

import { Buffer } from 'node:buffer';

import { LINE_END, writeFieldLine, writeLine } from './field-line.ts';
import type { FieldLines } from './field-lines.ts';

const FIRST_ROOM_OCTETS = 4_096;
/** What stands in a line beside its texts. */
const AROUND_OCTETS = 4;

/** Takes one head at a time, with its start line first; a room for it is kept from one to the next. */
export class HeadWriter {
  #room = Buffer.allocUnsafeSlow(FIRST_ROOM_OCTETS);
  /** Where the next line goes; undefined before the first and when one was none. */
  #end: number | undefined;

  /** @param startLine without its line end. */
  begin(startLine: string): void {
    this.#makeRoom(0, startLine.length);
    this.#end = writeLine(this.#room, 0, startLine);
  }

  add(name: string, value: string): void {
    if (this.#end === undefined) return;
    this.#makeRoom(this.#end, name.length + value.length);
    this.#end = writeFieldLine(this.#room, this.#end, name, value);
  }

  /** @param lines undefined where none could be made. */
  addLines(lines: FieldLines | undefined): void {
    if (this.#end === undefined || lines === undefined) {
      this.#end = undefined;
      return;
    }
    this.#makeRoom(this.#end, lines.octets.length);
    this.#room.set(lines.octets, this.#end);
    this.#end += lines.octets.length;
  }

  /**
   * Ends the head and returns its octets, with the body behind it where that is to go in the same
   * piece. Undefined where it would be read as another head: a bug of whoever made a part of it.
   */
  finish(body?: Uint8Array): Buffer | undefined {
    if (this.#end === undefined) return undefined;
    const headOctets = this.#end + LINE_END.length;
    this.#room.set(LINE_END, this.#end);
    const octets = Buffer.allocUnsafe(headOctets + (body?.length ?? 0));
    this.#room.copy(octets, 0, 0, headOctets);
    if (body !== undefined) octets.set(body, headOctets);
    return octets;
  }

  /** For a line of so many characters, and for the end of the head behind it. */
  #makeRoom(end: number, chars: number): void {
    const needed = end + chars + AROUND_OCTETS + LINE_END.length;
    if (needed <= this.#room.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * needed);
    this.#room.copy(larger, 0, 0, end);
    this.#room = larger;
  }
}
