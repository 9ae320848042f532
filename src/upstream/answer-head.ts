/** Reads the head of an answer, as strictly as RFC 9112 lets a client be. */

import type { HeaderList } from '../http/exchange.ts';
import { readFieldLines } from '../http/field-line.ts';
import type { FieldLineRules } from '../http/field-line.ts';
import { FieldNames } from '../http/field-names.ts';
import { invalidAnswer } from './failure.ts';

export interface AnswerHead {
  readonly status: number;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: '1.0' | '1.1';
  /** In the order and spelling of the upstream. */
  readonly fields: HeaderList;
  /** Those that say where the answer ends and what becomes of its connection. */
  readonly decisive: HeaderList;
}

const STATUS_LINE = /^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const VERSION_AT = 'HTTP/1.'.length;
const STATUS_AT = 'HTTP/1.1 '.length;

const SPACE_BEHIND = /[\t ]$/;

const DECISIVE = new FieldNames([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
]);

const LINES: FieldLineRules = {
  // Whose octets are bounded.
  maxFields: Infinity,
  tooMany: () => invalidAnswer('too many fields'),
  malformed: (line) => invalidAnswer(`field line ${line} is none`),
  // With a tab behind it, `chunked` is another coding for some.
  isOdd: (name, value) => name.length === 17 && SPACE_BEHIND.test(value),
};

/**
 * @param octets that begin with a head.
 * @param end behind the empty line at the end of it.
 * @throws UpstreamError 502 for what is no head: a bare CR or LF, a folded line and a space before
 * a colon among it.
 */
export function parseAnswerHead(octets: Buffer, end: number): AnswerHead {
  const text = octets.toString('latin1', 0, end);
  const endOfLine = text.indexOf('\r\n');
  if (!STATUS_LINE.test(text.slice(0, endOfLine))) {
    throw invalidAnswer('no status line of HTTP/1.1');
  }
  const fields = readFieldLines(octets, text, endOfLine + 2, LINES);
  return {
    status: Number(text.slice(STATUS_AT, STATUS_AT + 3)),
    version: text[VERSION_AT] === '0' ? '1.0' : '1.1',
    fields,
    decisive: fields.filter((field) => DECISIVE.has(field[0])),
  };
}
