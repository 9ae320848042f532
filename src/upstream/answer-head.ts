/** Reads the head of an answer, as strictly as RFC 9112 lets a client be. */

import type { HeaderList } from '../http/exchange.ts';
import { readFieldLines } from '../http/field-line.ts';
import type { FieldLineRules } from '../http/field-line.ts';
import { FieldNames } from '../http/field-names.ts';
import { membersOf } from '../http/header-list.ts';
import { invalidAnswer } from './failure.ts';

export interface AnswerHead {
  readonly status: number;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: '1.0' | '1.1';
  /** In the order and spelling of the upstream. */
  readonly fields: HeaderList;
  readonly decisive: DecisiveFields;
}

/** What of the fields says where the answer ends and what becomes of its connection. */
export interface DecisiveFields {
  /** `Content-Length` and `Transfer-Encoding`, in their order. */
  readonly framing: HeaderList;
  /**
   * What the upstream says of its connection, member by member. `Proxy-Connection` counts as well:
   * readers that know it take it for the other one.
   */
  readonly options: readonly string[];
  /** The first one. */
  readonly keepAlive: string | undefined;
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
    decisive: decisiveFields(fields),
  };
}

/** Sorts them out in one pass. */
function decisiveFields(fields: HeaderList): DecisiveFields {
  const framing: HeaderList[number][] = [];
  const options: string[] = [];
  let keepAlive: string | undefined;
  for (const field of fields) {
    switch (DECISIVE.find(field[0])) {
      case 'content-length':
      case 'transfer-encoding':
        framing.push(field);
        break;
      case 'connection':
      case 'proxy-connection':
        for (const member of membersOf(field[1])) options.push(member);
        break;
      case 'keep-alive':
        keepAlive ??= field[1];
        break;
      default:
    }
  }
  return { framing, options, keepAlive };
}
