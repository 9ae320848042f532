/** The head of an answer as HTTP/1.1 writes it (RFC 9112 section 4). */

import { STATUS_CODES } from 'node:http';
import type { HeaderList } from '../http/exchange.ts';

export interface AnswerTextFacts {
  readonly status: number;
  /** With that of the length, and without any other of framing or connection. */
  readonly fields: HeaderList;
  readonly isChunked: boolean;
  /** Whether the connection ends after the answer. */
  readonly closes: boolean;
}

/** Makes the text of a head, its empty line behind it, one character for each octet. */
export type WriteAnswerHead = (facts: AnswerTextFacts) => string;

/** @param idleMs how long a client may wait with its next request, as it is told. */
export function createAnswerHeads({ idleMs }: { readonly idleMs: number }): WriteAnswerHead {
  const dateLine = createDateLine();
  const kept = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(idleMs / 1_000)}\r\n`;
  return ({ status, fields, isChunked, closes }) => {
    let text = statusLine(status);
    let hasDate = false;
    for (const [name, value] of fields) {
      hasDate ||= name.length === 4 && name.toLowerCase() === 'date';
      text += `${name}: ${value}\r\n`;
    }
    if (!hasDate) text += dateLine();
    text += closes ? 'connection: close\r\n' : kept;
    if (isChunked) text += 'transfer-encoding: chunked\r\n';
    return `${text}\r\n`;
  };
}

/** With its line end. */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
}

/** A `Date` field (RFC 9110 section 6.6.1), made anew each second. */
function createDateLine(): () => string {
  let line = '';
  let lineSecond = 0;
  return () => {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== lineSecond) {
      line = `date: ${new Date(second * 1_000).toUTCString()}\r\n`;
      lineSecond = second;
    }
    return line;
  };
}
