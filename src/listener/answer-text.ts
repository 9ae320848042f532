/** The head of an answer as HTTP/1.1 writes it (RFC 9112 section 4). */

import { STATUS_CODES } from 'node:http';
import type { HeaderList } from '../http/exchange.ts';
import { fieldLines } from '../http/field-lines.ts';
import type { FieldLines } from '../http/field-lines.ts';
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

const STATUS_LINES: ReadonlyMap<number, string> = new Map(
  Object.entries(STATUS_CODES).map(([status, text]) => [
    Number(status),
    `HTTP/1.1 ${status} ${text}`,
  ]),
);

/** @param idleMs how long a client may wait with its next request, as it is told. */
export function createAnswerHeads({ idleMs }: { readonly idleMs: number }): WriteAnswerHead {
  const head = new HeadWriter();
  const dateLine = createDateLine();
  const closing = fieldLines([['connection', 'close']]);
  const staying = fieldLines([
    ['connection', 'keep-alive'],
    ['keep-alive', `timeout=${Math.floor(idleMs / 1_000)}`],
  ]);
  return ({ status, headers, length, isChunked, closes }, body) => {
    head.begin(statusLine(status));
    let hasDate = false;
    for (const field of headers) {
      if (FRAMING.has(field[0])) continue;
      hasDate ||= isNamed(field, 'date');
      head.add(field[0], field[1]);
    }
    if (length !== undefined) head.add('content-length', String(length));
    if (!hasDate) head.addLines(dateLine());
    head.addLines(closes ? closing : staying);
    if (isChunked) head.add('transfer-encoding', 'chunked');
    const octets = head.finish(body);
    if (octets === undefined) throw new Error('a field of the answer is not one line');
    return octets;
  };
}

function statusLine(status: number): string {
  return STATUS_LINES.get(status) ?? `HTTP/1.1 ${status} Unknown`;
}

/** The line of a `Date` field (RFC 9110 section 6.6.1), made anew in each second that needs one. */
function createDateLine(): () => FieldLines | undefined {
  let line: FieldLines | undefined;
  const forget = (): void => {
    line = undefined;
  };
  return () => {
    if (line === undefined) {
      const now = Date.now();
      line = fieldLines([['date', new Date(now).toUTCString()]]);
      // To look at the clock for each answer would cost more. It keeps no process from ending.
      setTimeout(forget, 1_000 - (now % 1_000)).unref();
    }
    return line;
  };
}
