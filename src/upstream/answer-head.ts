/** Reads the head of an answer, as strictly as RFC 9112 lets a client be. */

import type { HeaderList } from '../http/exchange.ts';
import { readFieldLine } from '../http/field-line.ts';
import { invalidAnswer } from './failure.ts';

export interface AnswerHead {
  readonly status: number;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: '1.0' | '1.1';
  /** In the order and spelling of the upstream. */
  readonly fields: HeaderList;
}

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;

const SPACE_BEHIND = /[\t ]$/;

/**
 * @param text the head without its last empty line, one character for each octet.
 * @throws UpstreamError 502 for what is no head: a bare CR or LF, a folded line and a space before
 * a colon among it.
 */
export function parseAnswerHead(text: string): AnswerHead {
  const lines = text.split('\r\n');
  const [, version, status] = STATUS_LINE.exec(lines[0] ?? '') ?? [];
  if (version === undefined) throw invalidAnswer('no status line of HTTP/1.1');
  const fields: [string, string][] = [];
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const field = readFieldLine(line);
    if (field === undefined) throw invalidAnswer(`field line ${at} is none`);
    // With a tab behind it, `chunked` is another coding for some.
    if (SPACE_BEHIND.test(line) && field[0].toLowerCase() === 'transfer-encoding') {
      throw invalidAnswer('space behind a transfer coding');
    }
    fields.push(field);
  }
  return { status: Number(status), version: version === '1.0' ? '1.0' : '1.1', fields };
}
