/**
 * The head of an HTTP/2 request, checked before anyone behind the listener sees it. What comes out
 * is what the same request over HTTP/1.1 would be, so that nobody behind asks for the version.
 */

import type { HeaderList } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import { fieldPairs, fieldValues, withoutFields } from '../http/header-list.ts';
import { MAX_FIELDS, readExpectation, refusedHead, tooManyFields } from './request-fields.ts';
import type { RequestHead } from './request-head.ts';
import { isKnownMethod } from './request-line.ts';
import { readHost, readTarget } from './request-target.ts';

/** Fields that speak of one connection; in HTTP/2 they are malformed (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

const PSEUDO_FIELDS: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path']);

/** In the lower case that RFC 9113 section 8.2 demands. */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Any of these would make a line, or an end, of its own in HTTP/1.1. */
const REFUSED_IN_VALUE = /[\0\r\n]/;

/** What a line of HTTP/1.1 has beside name and value: `: ` and the line's end. */
const LINE_BYTES = 4;

export interface StreamHeadOptions {
  /** The stream ended with the header block: there is no body. */
  readonly endsStream: boolean;
  /** Largest header block, counted as HTTP/1.1 would write it. */
  readonly maxBytes: number;
}

/**
 * Reads the head of a request from a flat list of names and values as they came.
 *
 * @throws RequestError 4xx for a head that is malformed (RFC 9113 section 8.1.1) or that is refused
 * over HTTP/1.1 too.
 */
export function readStreamHead(
  rawHeaders: readonly string[],
  { endsStream, maxBytes }: StreamHeadOptions,
): RequestHead {
  const received = fieldPairs(rawHeaders);
  const fields = received.filter(([name]) => !name.startsWith(':'));
  if (fields.length > MAX_FIELDS) throw tooManyFields();
  if (headBytes(received) > maxBytes) {
    throw refusedHead(431, 'request_too_large', 'the header fields are too large');
  }
  const pseudo = readPseudoFields(received);
  const method = readMethod(pseudo);
  checkFields(fields);
  const headers = asOneCookie(withAuthority(fields, pseudo.get(':authority')));
  const host = readHost(fieldValues(headers, 'host'));
  return {
    method,
    target: readTarget(pseudo.get(':path') ?? '', host),
    host,
    headers,
    hasBody: !endsStream && !fieldValues(headers, 'content-length').includes('0'),
    expectsContinue: readExpectation(fieldValues(headers, 'expect')),
  };
}

/** What the head would measure in HTTP/1.1. */
export function headBytes(fields: HeaderList): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + LINE_BYTES, 0);
}

/** The engine refuses most of it by itself; but what a request is must not hang on that. */
function readPseudoFields(received: HeaderList): ReadonlyMap<string, string> {
  const pseudo = new Map<string, string>();
  for (const [name, value] of received) {
    if (!name.startsWith(':')) continue;
    if (!PSEUDO_FIELDS.has(name) || pseudo.has(name)) {
      throw malformed('a pseudo-header field is unknown or repeated', name);
    }
    pseudo.set(name, value);
  }
  return pseudo;
}

function readMethod(pseudo: ReadonlyMap<string, string>): string {
  const method = pseudo.get(':method') ?? '';
  if (method === 'CONNECT') {
    throw refusedHead(405, 'request_method_not_allowed', 'CONNECT is not served');
  }
  if (!isKnownMethod(method)) throw malformed('the method is unknown', method);
  if (pseudo.get(':scheme') !== 'https') {
    throw refusedHead(
      400,
      'request_target_invalid',
      'the scheme must be https',
      pseudo.get(':scheme'),
    );
  }
  return method;
}

function checkFields(fields: HeaderList): void {
  for (const [name, value] of fields) {
    if (!FIELD_NAME.test(name) || REFUSED_IN_VALUE.test(value)) {
      throw malformed('a header field is malformed', name);
    }
    // Trailers are dropped, but a client may say that it would take some.
    if (CONNECTION_FIELDS.has(name) || (name === 'te' && value !== 'trailers')) {
      throw malformed('a header field has no place in HTTP/2', name);
    }
  }
}

/** The authority takes the place of `Host`; where both are there they must agree. */
function withAuthority(fields: HeaderList, authority: string | undefined): HeaderList {
  if (authority === undefined) return fields;
  const agrees = fieldValues(fields, 'host').every(
    (host) => host.toLowerCase() === authority.toLowerCase(),
  );
  if (!agrees) {
    throw refusedHead(
      400,
      'request_host_invalid',
      'authority and host header name different hosts',
      authority,
    );
  }
  return [['host', authority], ...withoutFields(fields, HOST)];
}

const HOST = new FieldNames(['host']);

/** The crumbs of a cookie are one field for everybody else (RFC 9113 section 8.2.3). */
function asOneCookie(fields: HeaderList): HeaderList {
  const crumbs = fieldValues(fields, 'cookie');
  if (crumbs.length < 2) return fields;
  const first = fields.findIndex(([name]) => name === 'cookie');
  return fields.flatMap(([name, value], index): HeaderList => {
    if (name !== 'cookie') return [[name, value]];
    return index === first ? [[name, crumbs.join('; ')]] : [];
  });
}

function malformed(publicText: string, seen: string) {
  return refusedHead(400, 'request_malformed', publicText, seen);
}
