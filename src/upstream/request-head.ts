/** The head of a request as it is sent. */

import { UpstreamError } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import { isWritableField } from '../http/field-line.ts';

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  /** Used where `headers` has no `Host`. */
  readonly authority: string;
  /** The length of the body in octets; `chunked` where it is not known, undefined for no body. */
  readonly body: number | 'chunked' | undefined;
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e\x80-\xff]+$/;

/** Methods of which a server expects a body, so that it is told when there is none. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The head with the empty line behind it, one character for each octet. The framing is ours, whatever
 * `headers` say of it.
 *
 * @throws UpstreamError 502 where a part can't be written: a bug of whoever made it, which must not
 * become another request.
 */
export function requestHeadText({ method, target, headers, authority, body }: RequestHead): string {
  const line = `${method} ${target}`;
  if (!REQUEST_LINE.test(line)) throw unwritable('the request line');
  let text = `${line} HTTP/1.1\r\n`;
  let hasHost = false;
  for (const [name, value] of headers) {
    if (!isWritableField(name, value)) throw unwritable(`the field ${name}`);
    if (isFraming(name)) continue;
    hasHost ||= name.length === 4 && name.toLowerCase() === 'host';
    text += `${name}: ${value}\r\n`;
  }
  if (!hasHost) text += `host: ${authority}\r\n`;
  if (body === 'chunked') text += 'transfer-encoding: chunked\r\n';
  else if (body !== undefined) text += `content-length: ${body}\r\n`;
  else if (WITH_BODY.has(method)) text += 'content-length: 0\r\n';
  return `${text}\r\n`;
}

/** By length first: it is asked for every field of every request. */
function isFraming(name: string): boolean {
  if (name.length === 14) return name.toLowerCase() === 'content-length';
  return name.length === 17 && name.toLowerCase() === 'transfer-encoding';
}

function unwritable(what: string): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'upstream_broken',
    publicText: 'the request can not be handed on',
    detail: `${what} can't be written to the upstream`,
  });
}
