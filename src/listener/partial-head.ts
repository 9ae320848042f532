/** The beginning of a head that has not come whole. What it costs grows with its octets only. */

import { HEAD_END, headEndIn } from '../http/head-end.ts';
import { refusedHead } from './request-fields.ts';

/** A capital is the first letter of every method. */
const BEGINNING = /^(?:[A-Z]|\r$)/;
const NOT_IN_HEAD = /[^\t\r\n\x20-\x7e\x80-\xff]|\r[^\n]|(?<!\r)\n/;

export class PartialHead {
  #pieces: string[] = [];
  #length = 0;
  /** Its last characters: an end may lie across the seam to what comes next. */
  #tail = '';

  /** In octets. */
  get length(): number {
    return this.#length;
  }

  /** Whether no more than half a line end has come. */
  get isLoneReturn(): boolean {
    return this.#length === 1 && this.#tail === '\r';
  }

  /** The position in `bytes` behind the end of the head; undefined where that is still to come. */
  endIn(bytes: Buffer): number | undefined {
    if (this.#length > 0) {
      const seam = this.#tail + bytes.toString('latin1', 0, HEAD_END.length - 1);
      const across = seam.indexOf(HEAD_END);
      if (across >= 0) return across + HEAD_END.length - this.#tail.length;
    }
    const at = headEndIn(bytes);
    return at < 0 ? undefined : at + HEAD_END.length;
  }

  /** Keeps more of it. @throws RequestError 400 at once for what can't become a head. */
  keep(bytes: Buffer): void {
    const piece = bytes.toString('latin1');
    const begins = this.#length > 1 || BEGINNING.test(this.#tail + piece);
    if (!begins || NOT_IN_HEAD.test((this.#tail.endsWith('\r') ? '\r' : '') + piece)) {
      throw refusedHead(400, 'request_malformed', 'the request is malformed');
    }
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#tail = (this.#tail + piece).slice(1 - HEAD_END.length);
  }

  /** Gives away what has come, with its end behind it. */
  take(end: Uint8Array): Buffer {
    const begun = Buffer.from(this.#pieces.join(''), 'latin1');
    this.forget();
    return Buffer.concat([begun, end]);
  }

  /** What has come was no part of a head. */
  forget(): void {
    this.#pieces = [];
    this.#length = 0;
    this.#tail = '';
  }
}
