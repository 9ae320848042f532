/** The head of a request of HTTP/1.1, checked before anyone behind the listener sees it. */

import type { HeaderList, Target } from '../http/exchange.ts';
import { readFieldLine } from '../http/field-line.ts';
import { checkFieldCount, readExpectation, refusedHead } from './request-fields.ts';
import { isFraming, readConnection, readFraming } from './request-framing.ts';
import { readRequestLine } from './request-line.ts';
import { readHost, readTarget } from './request-target.ts';
import { refuseUpgrade } from './upgrade.ts';

export interface RequestHead {
  readonly method: string;
  readonly target: Target;
  readonly host: string;
  readonly headers: HeaderList;
  readonly hasBody: boolean;
  /** The client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
}

/** What only HTTP/1.1 says in its heads. */
export interface Http1Head extends RequestHead {
  readonly version: '1.0' | '1.1';
  /** The length of the body in octets, or that it comes in chunks. */
  readonly body: number | 'chunked';
  /** Whether the client would send another request on the connection. */
  readonly keepsConnection: boolean;
  /** The client asks to go on as a WebSocket: what follows is no request, whatever the answer. */
  readonly isUpgrade: boolean;
}

/**
 * Reads the head of a request.
 *
 * @param text without its last line end and the empty line, one character for each octet.
 * @throws RequestError 4xx or 505 for what is no head (RFC 9112) and for one that others could read
 * differently. A bare CR or LF, a folded line and a space before a colon are among it.
 */
export function readHead(text: string, takesUpgrades: boolean): Http1Head {
  const endOfLine = text.indexOf('\r\n');
  const line = readRequestLine(endOfLine < 0 ? text : text.slice(0, endOfLine));
  const headers = endOfLine < 0 ? [] : readFields(text, endOfLine + 2);
  const { method, version } = line;
  const body = readFraming(headers, version);
  const connection = readConnection(headers);
  const isUpgrade = method === 'CONNECT' || connection.asksForUpgrade;
  if (isUpgrade) refuseUpgrade(line, headers, takesUpgrades);
  const host = readHost(headers);
  return {
    method,
    target: readTarget(line.target, host),
    host,
    headers,
    hasBody: body !== 0,
    // An HTTP/1.0 client can't know expectations (RFC 9110 section 10.1.1): ignored there.
    expectsContinue: version === '1.1' && readExpectation(headers),
    version,
    body,
    keepsConnection: version === '1.1' && !connection.closes,
    isUpgrade,
  };
}

function readFields(text: string, from: number): HeaderList {
  const fields: [name: string, value: string][] = [];
  for (let at = from; at <= text.length;) {
    const found = text.indexOf('\r\n', at);
    const end = found < 0 ? text.length : found;
    // Before the rest is looked at: the work that a head makes is bounded.
    checkFieldCount(fields.length + 1);
    const line = text.slice(at, end);
    const field = readFieldLine(line);
    if (field === undefined) throw malformed(fields.length + 1);
    // Some readers take a tab for a part of the value.
    if (line.includes('\t') && isFraming(field[0])) throw malformed(fields.length + 1);
    fields.push(field);
    at = end + 2;
  }
  return fields;
}

/** What it says is left out: it may be secret. */
function malformed(line: number) {
  return refusedHead(400, 'request_malformed', 'a header field is malformed', `line ${line}`);
}
