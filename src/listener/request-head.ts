/** The head of a request, checked before anyone behind the listener sees it. */

import type { IncomingMessage } from 'node:http';
import type { HeaderList, Target } from '../http/exchange.ts';
import { fieldPairs, fieldValues } from '../http/header-list.ts';
import { checkFieldCount, readExpectation, refusedHead } from './request-fields.ts';
import { readHost, readTarget } from './request-target.ts';

export interface RequestHead {
  readonly method: string;
  readonly target: Target;
  readonly host: string;
  readonly headers: HeaderList;
  readonly hasBody: boolean;
  /** The client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
}

/**
 * Reads the head of a request.
 *
 * @throws RequestError 4xx or 505 for a head that others could read differently. What is no HTTP
 * at all the parser has refused already: space before a colon, two lengths, length and encoding.
 */
export function readHead(request: IncomingMessage): RequestHead {
  const { httpVersion, rawHeaders, method = '', url = '' } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    throw refusedHead(505, 'request_malformed', 'the version must be HTTP/1.1', httpVersion);
  }
  checkFieldCount(rawHeaders.length / 2);
  const headers = fieldPairs(rawHeaders);
  const host = readHost(headers);
  return {
    method,
    target: readTarget(url, host),
    host,
    headers,
    hasBody: readHasBody(headers, httpVersion),
    // An HTTP/1.0 client can't know expectations (RFC 9110 section 10.1.1): ignored there.
    expectsContinue: httpVersion === '1.1' && readExpectation(headers),
  };
}

/**
 * RFC 9112 section 6.3. `chunked` is the one coding taken: any other would have to be undone here,
 * since the field that names it doesn't travel on; in HTTP/1.0 the field is a trap (section 6.1).
 */
function readHasBody(headers: HeaderList, httpVersion: string): boolean {
  const codings = fieldValues(headers, 'transfer-encoding');
  if (codings.length > 0) {
    const isChunked = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked';
    if (isChunked && httpVersion === '1.1') return true;
    throw refusedHead(
      400,
      'request_malformed',
      'the transfer-encoding must be chunked',
      codings[0],
    );
  }
  return fieldValues(headers, 'content-length').some((length) => Number(length) > 0);
}
