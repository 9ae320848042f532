/** The head of an answer as HTTP/1.1 writes it (RFC 9112 section 4). */

import { STATUS_CODES } from 'node:http';
import type { HeaderList } from '../http/exchange.ts';
import { HeadWriter } from '../http/head-writer.ts';
import { isNamed } from '../http/header-list.ts';
import { FRAMING } from './answer-head.ts';

export interface AnswerHeadFacts {
  readonly status: number;
  /** Those of framing are not taken over. */
  readonly headers: HeaderList;
  /** To be announced; undefined for none. */
  readonly length: number | undefined;
  readonly isChunked: boolean;
  /** Whether the connection ends after the answer. */
  readonly closes: boolean;
}

/**
 * Makes the octets of a head, those of the body behind it where it is to go in the same piece.
 *
 * @throws Error for a field that can't be written as one line.
 */
export type WriteAnswerHead = (facts: AnswerHeadFacts, body?: Uint8Array) => Buffer;

/** @param idleMs how long a client may wait with its next request, as it is told. */
export function createAnswerHeads({ idleMs }: { readonly idleMs: number }): WriteAnswerHead {
  const dateNow = createDate();
  const head = new HeadWriter();
  const timeout = `timeout=${Math.floor(idleMs / 1_000)}`;
  return ({ status, headers, length, isChunked, closes }, body) => {
    head.begin(statusLine(status));
    let hasDate = false;
    for (const field of headers) {
      if (FRAMING.has(field[0])) continue;
      hasDate ||= isNamed(field, 'date');
      head.add(field[0], field[1]);
    }
    if (length !== undefined) head.add('content-length', String(length));
    if (!hasDate) head.add('date', dateNow());
    head.add('connection', closes ? 'close' : 'keep-alive');
    if (!closes) head.add('keep-alive', timeout);
    if (isChunked) head.add('transfer-encoding', 'chunked');
    const octets = head.finish(body);
    if (octets === undefined) throw new Error('a field of the answer is not one line');
    return octets;
  };
}

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
}

/** The value of a `Date` field (RFC 9110 section 6.6.1), made anew each second. */
function createDate(): () => string {
  let text = '';
  let textSecond = 0;
  return () => {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== textSecond) {
      text = new Date(second * 1_000).toUTCString();
      textSecond = second;
    }
    return text;
  };
}
