/** Where a request of HTTP/1.1 ends (RFC 9112 section 6.3), and what follows it (section 9). */

import { LENGTH } from '../http/field-line.ts';
import { hasMember } from '../http/header-list.ts';
import type { DecisiveFields } from './decisive-fields.ts';
import { refusedHead } from './request-fields.ts';

/**
 * The length of the body in octets, or `chunked`. That is the one coding taken: any other would have
 * to be undone here, since the field that names it doesn't travel on; in HTTP/1.0 the field is a trap
 * (section 6.1). Where two readers could see different ends, the request is refused.
 *
 * @throws RequestError 400.
 */
export function readFraming(
  { codings, lengths }: DecisiveFields,
  version: '1.0' | '1.1',
): number | 'chunked' {
  const coding = codings[0];
  const length = lengths[0];
  if (coding !== undefined) {
    if (length !== undefined) throw malformed('a length and a transfer-encoding', length);
    const isChunked = codings.length === 1 && coding.toLowerCase() === 'chunked';
    if (isChunked && version === '1.1') return 'chunked';
    throw malformed('the transfer-encoding must be chunked', coding);
  }
  if (length === undefined) return 0;
  if (lengths.length > 1 || !LENGTH.test(length)) {
    throw malformed('exactly one content-length of digits may be given', lengths.join());
  }
  return Number(length);
}

export interface ConnectionOptions {
  /** The client sends nothing more. */
  readonly closes: boolean;
  /** The client asks for another protocol (RFC 9110 section 7.8). */
  readonly asksForUpgrade: boolean;
}

/** What a client says of its connection. */
export function readConnection({ options, upgrades }: DecisiveFields): ConnectionOptions {
  return {
    closes: hasMember(options, 'close'),
    asksForUpgrade: upgrades.length > 0 && hasMember(options, 'upgrade'),
  };
}

function malformed(publicText: string, seen: string) {
  return refusedHead(400, 'request_malformed', publicText, seen);
}
