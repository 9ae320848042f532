/** Reads the head of an answer, as strictly as RFC 9112 lets a client be. */

import type { HeaderList } from '../http/exchange.ts';
import { invalidAnswer } from './failure.ts';

export interface AnswerHead {
  readonly status: number;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: '1.0' | '1.1';
  /** In the order and spelling of the upstream. */
  readonly fields: HeaderList;
}

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** A token (RFC 9110 section 5.6.2), at once followed by the colon. No line is folded. */
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;
const TRAILING_SPACE = /[\t ]+$/;

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
    const [, name, value] = FIELD_LINE.exec(lines[at] ?? '') ?? [];
    if (name === undefined || value === undefined) throw invalidAnswer(`field line ${at} is none`);
    const hasSpaceBehind = endsWithSpace(value);
    // With a tab behind it, `chunked` is another coding for some.
    if (hasSpaceBehind && name.toLowerCase() === 'transfer-encoding') {
      throw invalidAnswer('space behind a transfer coding');
    }
    fields.push([name, hasSpaceBehind ? value.replace(TRAILING_SPACE, '') : value]);
  }
  return { status: Number(status), version: version === '1.0' ? '1.0' : '1.1', fields };
}

function endsWithSpace(value: string): boolean {
  const last = value.charCodeAt(value.length - 1);
  return last === 0x20 || last === 0x09;
}
