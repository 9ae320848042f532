/** The first line of a request (RFC 9112 section 3). */

import { METHODS } from 'node:http';
import { refusedHead } from './request-fields.ts';

export interface RequestLine {
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

/** Any other would be new to whoever is behind. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);

/** One space each, no more, and nothing behind the version. */
const REQUEST_LINE = /^([A-Z-]{1,20}) ([\x21-\x7e]+) HTTP\/(\d\.\d)$/;

/** Versions that exist and that clients can mean; their messages look otherwise. */
const OTHER_VERSIONS: ReadonlySet<string> = new Set(['0.9', '2.0', '3.0']);

/**
 * @param line without its end, one character for each octet.
 * @throws RequestError 400, and 505 for another version of HTTP.
 */
export function readRequestLine(line: string): RequestLine {
  const [, method = '', target = '', version = ''] = REQUEST_LINE.exec(line) ?? [];
  if (version !== '1.1' && version !== '1.0') {
    if (!OTHER_VERSIONS.has(version)) {
      throw refusedHead(400, 'request_malformed', 'the request line is malformed');
    }
    throw refusedHead(505, 'request_malformed', 'the version must be HTTP/1.1', version);
  }
  if (!isKnownMethod(method)) {
    throw refusedHead(400, 'request_malformed', 'the method is unknown', method);
  }
  return { method, target, version };
}

/** Whether the method has a meaning that is registered for HTTP. */
export function isKnownMethod(method: string): boolean {
  return KNOWN_METHODS.has(method);
}
