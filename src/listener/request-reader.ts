/** Takes what a client sends on one connection of HTTP/1.1 apart into requests, one at a time. */

import type { ListenerConfig } from '../config/schema.ts';
import { createChunkReader } from '../http/chunk-reader.ts';
import type { ChunkReader } from '../http/chunk-reader.ts';
import { PartialHead } from './partial-head.ts';
import { brokenChunks, headTooLarge } from './refusal.ts';
import { readHead } from './request-head.ts';
import type { Http1Head } from './request-head.ts';

/** Is told, in this order: one head, the pieces of its body, the end. */
export interface RequestSink {
  onHead(head: Http1Head): void;
  onBody(piece: Buffer): void;
  onEnd(): void;
}

export interface RequestReaderOptions {
  /** A head is measured with its line ends. */
  readonly limits: Pick<ListenerConfig['limits'], 'max_header_bytes'>;
  readonly takesUpgrades: boolean;
}

const NOTHING = Buffer.alloc(0);

/** What a piece takes in memory, however little it holds. */
export const LEAST_PIECE_BYTES = 256;

const CR = 0x0d;
const LF = 0x0a;

/** A class for the sake of its cost: one is made for each connection. */
export class RequestReader {
  readonly #sink: RequestSink;
  readonly #options: RequestReaderOptions;
  readonly #chunks: ChunkReader;
  /** `held` while a whole request is in hands: what follows it waits. */
  #part: 'head' | 'length' | 'chunked' | 'held' = 'head';
  readonly #partial = new PartialHead();
  #hasSkippedLine = false;
  #asksForHead = false;
  /** Of a body with a length. */
  #missing = 0;
  /** Of the chunks that came in one read. */
  #content: Buffer[] = [];
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(sink: RequestSink, options: RequestReaderOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#chunks = createChunkReader((piece) => this.#content.push(piece), brokenChunks);
  }

  /** What waits behind the request in hands, in octets of memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What has begun to come and is not complete. */
  get reads(): 'nothing' | 'head' | 'body' {
    if (this.#part === 'length' || this.#part === 'chunked') return 'body';
    return this.#partial.length === 0 ? 'nothing' : 'head';
  }

  /** Whether the last head, even one that was refused, asks for an answer without a body. */
  get asksForHead(): boolean {
    return this.#asksForHead;
  }

  /** @throws RequestError for what is no request; nothing may be taken after it. */
  take(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#part === 'head') rest = this.#takeHead(rest);
      else if (this.#part === 'length') rest = this.#takeLength(rest);
      else if (this.#part === 'chunked') rest = this.#takeChunks(rest);
      else rest = this.#hold(rest);
    }
  }

  /** The request in hands is over: the next may be read. @throws RequestError as `take` does. */
  next(): void {
    this.#part = 'head';
    this.#hasSkippedLine = false;
    this.#asksForHead = false;
    if (this.#heldBytes > 0) this.take(this.release());
  }

  /** Gives away what waits behind the request in hands. */
  release(): Buffer {
    const [first = NOTHING] = this.#held;
    const held = this.#held.length > 1 ? Buffer.concat(this.#held) : first;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #hold(bytes: Buffer): Buffer {
    this.#held.push(bytes);
    this.#heldBytes += Math.max(bytes.length, LEAST_PIECE_BYTES);
    return NOTHING;
  }

  #takeHead(received: Buffer): Buffer {
    const { limits, takesUpgrades } = this.#options;
    const bytes = this.#skipEmptyLine(received);
    const partial = this.#partial;
    const end = partial.endIn(bytes);
    if (partial.length + (end ?? bytes.length) > limits.max_header_bytes) throw headTooLarge();
    if (end === undefined) {
      if (bytes.length > 0) partial.keep(bytes);
      return NOTHING;
    }
    const begun = partial.length;
    const octets = begun === 0 ? bytes : partial.take(bytes.subarray(0, end));
    const text = octets.toString('latin1', 0, begun + end);
    this.#asksForHead = text.startsWith('HEAD ');
    this.#open(readHead(octets, text, takesUpgrades));
    return end === bytes.length ? NOTHING : bytes.subarray(end);
  }

  /** One is let pass before a request (RFC 9112 section 2.2): some clients end a body with it. */
  #skipEmptyLine(bytes: Buffer): Buffer {
    const hasBegun = this.#partial.isLoneReturn;
    if (this.#hasSkippedLine || (this.#partial.length > 0 && !hasBegun)) return bytes;
    const lineFeed = hasBegun ? 0 : 1;
    if ((!hasBegun && bytes[0] !== CR) || bytes[lineFeed] !== LF) return bytes;
    this.#partial.forget();
    this.#hasSkippedLine = true;
    return bytes.subarray(lineFeed + 1);
  }

  #open(head: Http1Head): void {
    this.#hasSkippedLine = false;
    this.#sink.onHead(head);
    if (head.body === 'chunked') {
      this.#part = 'chunked';
      this.#chunks.begin();
    } else if (head.body > 0) {
      this.#part = 'length';
      this.#missing = head.body;
    } else this.#end();
  }

  #takeLength(bytes: Buffer): Buffer {
    const piece = bytes.length > this.#missing ? bytes.subarray(0, this.#missing) : bytes;
    this.#missing -= piece.length;
    this.#sink.onBody(piece);
    if (this.#missing === 0) this.#end();
    return bytes.subarray(piece.length);
  }

  #takeChunks(bytes: Buffer): Buffer {
    const rest = this.#chunks.take(bytes);
    const [first] = this.#content;
    // In one piece: of chunks of one octet, each would take a hundred times that in memory.
    if (first !== undefined) {
      this.#sink.onBody(this.#content.length === 1 ? first : Buffer.concat(this.#content));
      this.#content = [];
    }
    if (rest === undefined) return NOTHING;
    this.#end();
    return rest;
  }

  #end(): void {
    this.#part = 'held';
    this.#sink.onEnd();
  }
}
