/** The first line of a request (RFC 9112 section 3). */

import { METHODS } from 'node:http';
import type { RequestError } from '../errors.ts';
import { refusedHead } from './request-fields.ts';

export interface RequestLine {
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

/** Any other would be new to whoever is behind. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);

/** What a request line may end with; what is before it is method and target, with one space between. */
const HTTP_1_1 = ' HTTP/1.1';
const HTTP_1_0 = ' HTTP/1.0';
const NOT_IN_TARGET = /[^\x21-\x7e]/;

const OTHER_LINE = /^([A-Z-]{1,20}) [\x21-\x7e]+ HTTP\/(\d\.\d)$/;

/** Versions that exist and that clients can mean; their messages look otherwise. */
const OTHER_VERSIONS: ReadonlySet<string> = new Set(['0.9', '2.0', '3.0']);

/**
 * @param line without its end, one character for each octet.
 * @throws RequestError 400, and 505 for another version of HTTP.
 */
export function readRequestLine(line: string): RequestLine {
  const space = line.indexOf(' ');
  const method = oneText(line.slice(0, space));
  const target = line.slice(space + 1, -HTTP_1_1.length);
  const version = line.slice(-HTTP_1_1.length);
  const isLine = (version === HTTP_1_1 || version === HTTP_1_0) && isKnownMethod(method);
  if (!isLine || target === '' || NOT_IN_TARGET.test(target)) throw refusalOf(line);
  return { method, target, version: version === HTTP_1_1 ? '1.1' : '1.0' };
}

/** The same text for all requests: where it is looked up, its hash is known. */
function oneText(method: string): string {
  if (method === 'GET') return 'GET';
  return method === 'POST' ? 'POST' : method;
}

/** Whether the method has a meaning that is registered for HTTP. */
export function isKnownMethod(method: string): boolean {
  // To look these two up would cost more.
  return method === 'GET' || method === 'POST' || KNOWN_METHODS.has(method);
}

function refusalOf(line: string): RequestError {
  const [, method = '', version = ''] = OTHER_LINE.exec(line) ?? [];
  if (version === '1.1' || version === '1.0') {
    return refusedHead(400, 'request_malformed', 'the method is unknown', method);
  }
  if (OTHER_VERSIONS.has(version)) {
    return refusedHead(505, 'request_malformed', 'the version must be HTTP/1.1', version);
  }
  return refusedHead(400, 'request_malformed', 'the request line is malformed');
}
