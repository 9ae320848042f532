/** Takes what an upstream sends on one connection apart into answers, one for each request. */

import { createChunkReader } from '../http/chunk-reader.ts';
import { HEAD_END, headEndIn } from '../http/head-end.ts';
import { framingOf, keepAliveHint, keepsConnection } from './answer-framing.ts';
import { parseAnswerHead } from './answer-head.ts';
import type { AnswerHead } from './answer-head.ts';
import { connectionCut, invalidAnswer } from './failure.ts';

/** Is told, in this order: one head, the pieces of its body, the end. */
export interface AnswerSink {
  readonly onHead: (head: AnswerHead) => void;
  readonly onBody: (piece: Buffer) => void;
  readonly onEnd: (reuse: Reuse) => void;
}

/** Whether another request may follow on the connection. */
export interface Reuse {
  readonly isPossible: boolean;
  /** Milliseconds for which the upstream says it waits for it. */
  readonly hintMs: number | undefined;
}

export interface AnswerReader {
  /** A request has been sent; its answer may come. */
  begin(method: string): void;
  /** @throws UpstreamError 502 for what is no answer, or one that nobody asked for. */
  take(bytes: Buffer): void;
  /** The upstream will send no more. @throws Error where an answer is not complete. */
  takeEnd(): void;
}

/** As Node's own client takes. */
const MAX_HEAD_OCTETS = 16_384;
/** Answers before the one that counts (RFC 9110 section 15.2), which say nothing to us. */
const MAX_INFORMATIONAL = 8;

/** @param isTls refuses answers that have no end of their own. */
export function createAnswerReader(sink: AnswerSink, isTls: boolean): AnswerReader {
  let part: 'nothing' | 'head' | 'length' | 'chunked' | 'close' = 'nothing';
  let method = '';
  let partialHead: Buffer | undefined;
  let informational = 0;
  let missing = 0;
  let reuse: Reuse = { isPossible: false, hintMs: undefined };
  const chunks = createChunkReader(sink.onBody, (_, detail) => invalidAnswer(detail));

  function finish(left: number): void {
    part = 'nothing';
    // What comes behind an answer belongs to no request.
    sink.onEnd(left === 0 ? reuse : { isPossible: false, hintMs: undefined });
  }

  /** Returns what is left behind the head. */
  function takeHead(bytes: Buffer): Buffer | undefined {
    const all = partialHead === undefined ? bytes : Buffer.concat([partialHead, bytes]);
    const end = headEndIn(all);
    if ((end < 0 ? all.length : end) > MAX_HEAD_OCTETS) throw invalidAnswer('a head too large');
    if (end < 0) {
      // What was taken is not ours to keep.
      partialHead = all === bytes ? Buffer.from(bytes) : all;
      return undefined;
    }
    partialHead = undefined;
    const head = parseAnswerHead(all, end + HEAD_END.length);
    const rest = all.subarray(end + HEAD_END.length);
    if (head.status < 200) {
      informational += 1;
      const isPossible = head.status !== 101 && head.version === '1.1' && keepsConnection(head);
      if (!isPossible || informational > MAX_INFORMATIONAL) {
        throw invalidAnswer(`status ${head.status}`);
      }
      // It has no body whatever it says, but not all that is said means the same to everybody.
      framingOf(method, head);
      return rest;
    }
    takeFraming(head);
    sink.onHead(head);
    if (part === 'length' && missing === 0) {
      finish(rest.length);
      return undefined;
    }
    return rest;
  }

  function takeFraming(head: AnswerHead): void {
    const framing = framingOf(method, head);
    // A network that cuts it would not be told from its end (RFC 9112 section 9.8): Node says the same
    // of a connection that ends with the alert `close_notify` and of one that ends without.
    if (framing.kind === 'close' && isTls) {
      throw invalidAnswer('it has neither a length nor chunks: over TLS its end can be forged');
    }
    part = framing.kind;
    reuse = {
      isPossible: framing.kind !== 'close' && keepsConnection(head),
      hintMs: keepAliveHint(head),
    };
    if (framing.kind === 'length') missing = framing.length;
    if (framing.kind === 'chunked') chunks.begin();
  }

  function takeLength(bytes: Buffer): void {
    const piece = bytes.length > missing ? bytes.subarray(0, missing) : bytes;
    missing -= piece.length;
    sink.onBody(piece);
    if (missing === 0) finish(bytes.length - piece.length);
  }

  return {
    begin(requestMethod) {
      part = 'head';
      method = requestMethod;
      partialHead = undefined;
      informational = 0;
    },

    take(bytes) {
      let rest: Buffer | undefined = bytes;
      while (part === 'head' && rest !== undefined && rest.length > 0) rest = takeHead(rest);
      if (rest === undefined || rest.length === 0) return;
      if (part === 'length') takeLength(rest);
      else if (part === 'close') sink.onBody(rest);
      else if (part === 'chunked') {
        const left = chunks.take(rest);
        if (left !== undefined) finish(left.length);
      } else throw invalidAnswer('an answer that nobody asked for');
    },

    takeEnd() {
      if (part === 'close') finish(0);
      else if (part !== 'nothing') throw connectionCut('the upstream closed the connection');
    },
  };
}
