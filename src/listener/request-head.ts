/** The head of a request of HTTP/1.1, checked before anyone behind the listener sees it. */

import type { HeaderList, Target } from '../http/exchange.ts';
import { readFieldLines } from '../http/field-line.ts';
import type { FieldLineRules } from '../http/field-line.ts';
import { decisiveFields } from './decisive-fields.ts';
import { MAX_FIELDS, readExpectation, refusedHead, tooManyFields } from './request-fields.ts';
import { readConnection, readFraming } from './request-framing.ts';
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

const LINES: FieldLineRules = {
  maxFields: MAX_FIELDS,
  tooMany: tooManyFields,
  malformed,
  // Some readers take a tab for a part of the value.
  isOdd: (_, value) => value.includes('\t'),
};

/**
 * Reads the head of a request.
 *
 * @param octets that begin with the head.
 * @param text the head with the empty line at its end, one character for each octet.
 * @throws RequestError 4xx or 505 for what is no head (RFC 9112) and for one that others could read
 * differently. A bare CR or LF, a folded line and a space before a colon are among it.
 */
export function readHead(octets: Uint8Array, text: string, takesUpgrades: boolean): Http1Head {
  const endOfLine = text.indexOf('\r\n');
  const line = readRequestLine(text.slice(0, endOfLine));
  const headers = readFieldLines(octets, text, endOfLine + 2, LINES);
  const decisive = decisiveFields(headers);
  const { method, version } = line;
  const body = readFraming(decisive, version);
  const connection = readConnection(decisive);
  const isUpgrade = method === 'CONNECT' || connection.asksForUpgrade;
  if (isUpgrade) refuseUpgrade(line, headers, takesUpgrades);
  const host = readHost(decisive.hosts);
  return {
    method,
    target: readTarget(line.target, host),
    host,
    headers,
    hasBody: body !== 0,
    // An HTTP/1.0 client can't know expectations (RFC 9110 section 10.1.1): ignored there.
    expectsContinue: version === '1.1' && readExpectation(decisive.expectations),
    version,
    body,
    keepsConnection: version === '1.1' && !connection.closes,
    isUpgrade,
  };
}

/** What it says is left out: it may be secret. */
function malformed(line: number) {
  return refusedHead(400, 'request_malformed', 'a header field is malformed', `line ${line}`);
}
