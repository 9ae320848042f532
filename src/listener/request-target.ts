/**
 * Whom and what a request asks for. One host and one path come out, or the request is refused:
 * nobody behind us may read another host or path from the same bytes.
 */

import { RequestError } from '../errors.ts';
import type { Target } from '../http/exchange.ts';
import { visibleText } from './visible-text.ts';

/** uri-host [ ":" port ] of RFC 9110 section 7.2, without percent-encoding and IPv6 zones. */
const HOST = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/;

/** Absolute-form (RFC 9112 section 3.2.2): scheme, authority, and the rest as origin-form. */
const ABSOLUTE_FORM = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is;

/**
 * What RFC 3986 keeps out of a path and what servers disagree about: a backslash, a NUL, a percent
 * sign that encodes nothing.
 */
const REFUSED_IN_PATH = /["#<>\\\x00-\x20\x7f-\uffff]|%(?![0-9A-Fa-f]{2})|%00/;

/** Browsers leave quotes, braces and backslashes in a query as they are. */
const REFUSED_IN_QUERY = /[^\x21-\x7e]|#/;

/**
 * The authority of the one `Host` field, lower case.
 *
 * @param hosts the values of all of them.
 * @throws RequestError 400 when it is missing, repeated or no host (RFC 9112 section 3.2).
 */
export function readHost(hosts: readonly string[]): string {
  const host = hosts[0]?.toLowerCase() ?? '';
  const match = HOST.exec(host);
  if (hosts.length === 1 && match !== null && Number(match[1] ?? 0) <= 65_535) return host;
  throw new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'request_host_invalid',
    publicText: 'exactly one valid host header is needed',
    detail: visibleText(`${hosts.length} host fields: ${JSON.stringify(hosts.slice(0, 2))}`),
  });
}

/**
 * Path and query of a request target in origin-form, or in absolute-form when it names `https` and
 * the same authority as the `Host` field.
 *
 * @throws RequestError 400 for every other target.
 */
export function readTarget(target: string, host: string): Target {
  const origin = target.startsWith('/') ? target : originForm(target, host);
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const query = mark < 0 ? undefined : origin.slice(mark + 1);
  if (REFUSED_IN_PATH.test(path)) throw invalid('the path holds what no path may hold', target);
  if (query !== undefined && REFUSED_IN_QUERY.test(query)) {
    throw invalid('the query holds what no query may hold', target);
  }
  return { path, query };
}

function originForm(target: string, host: string): string {
  const [, scheme, authority, rest = ''] = ABSOLUTE_FORM.exec(target) ?? [];
  if (scheme === undefined) throw invalid('the request target must be a path', target);
  if (scheme.toLowerCase() !== 'https' || authority?.toLowerCase() !== host) {
    throw invalid('the request target and the host header name different origins', target);
  }
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function invalid(publicText: string, target: string): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'request_target_invalid',
    publicText,
    // The query is left out: it may carry secrets.
    detail: visibleText(`${publicText}: ${target.replace(/\?.*$/s, '?...')}`),
  });
}
