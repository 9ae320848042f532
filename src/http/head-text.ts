/** The head of a message of HTTP/1.1 on its way to become octets. */

import { areLines } from './field-line.ts';
import type { FieldLines } from './field-lines.ts';

const NO_OCTET = /[\u0100-\uffff]/;

/** Written line by line and checked as a whole: that costs less than to check each of its fields. */
export class HeadText {
  /** Joined at once: that costs less than a text that grows. */
  readonly #parts: string[];
  /** Behind them; looked at already. */
  #standing = '';
  #lines = 0;
  #nameChars = 0;

  /** @param startLine with its line end. */
  constructor(startLine: string) {
    this.#parts = [startLine];
  }

  add(name: string, value: string): void {
    this.#parts.push(name, ': ', value, '\r\n');
    this.#lines += 1;
    this.#nameChars += name.length;
  }

  /** They come behind the fields that are added one by one. */
  addLines({ text }: FieldLines): void {
    this.#standing += text;
  }

  /**
   * Ends the head and returns its octets, with the body behind it where that is to go in the same
   * piece. Undefined where it would be read as another head: a bug of whoever made a part of it.
   */
  octets(body?: Uint8Array): Buffer | undefined {
    this.#parts.push(this.#standing, '\r\n');
    const head = this.#parts.join('');
    if (NO_OCTET.test(head)) return undefined;
    const octets = Buffer.allocUnsafe(head.length + (body?.length ?? 0));
    octets.write(head, 'latin1');
    const length = head.length - this.#standing.length - 2;
    if (!areLines(octets, length, this.#lines, this.#nameChars)) return undefined;
    if (body !== undefined) octets.set(body, head.length);
    return octets;
  }
}
