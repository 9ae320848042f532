/** The head of a request as it is sent. */

import { UpstreamError } from '../errors.ts';
import type { HeaderList } from '../http/exchange.ts';
import { FRAMING } from '../http/field-line.ts';
import { HeadWriter } from '../http/head-writer.ts';
import { isNamed } from '../http/header-list.ts';
import { createStandingFields } from './standing-fields.ts';

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  /** As `UpstreamRequest` has them. */
  readonly standing: readonly HeaderList[];
  /** Used where `headers` has no `Host`. */
  readonly authority: string;
  /** Of the body in octets; `chunked` where it is not known, undefined for no body. */
  readonly length: number | 'chunked' | undefined;
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.1$/;

/** Methods of which a server expects a body, so that it is told when there is none. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Makes the octets of a head, those of the body behind it where that goes in the same piece. The
 * framing is ours, whatever `headers` say of it.
 *
 * @throws UpstreamError 502 where a part can't be written: a bug of whoever made it, which must not
 * become another request.
 */
export type WriteRequestHead = (head: RequestHead, body?: Uint8Array) => Buffer;

export function createRequestHeads(): WriteRequestHead {
  const writer = new HeadWriter();
  const writeStanding = createStandingFields();
  return ({ method, target, headers, standing, authority, length }, body) => {
    const line = `${method} ${target} HTTP/1.1`;
    if (!REQUEST_LINE.test(line)) throw unwritable('the request line');
    writer.begin(line);
    let hasHost = false;
    for (const field of headers) {
      if (FRAMING.has(field[0])) continue;
      hasHost ||= isNamed(field, 'host');
      writer.add(field[0], field[1]);
    }
    if (!hasHost) writer.add('host', authority);
    if (length === 'chunked') writer.add('transfer-encoding', 'chunked');
    else if (length !== undefined) writer.add('content-length', String(length));
    else if (WITH_BODY.has(method)) writer.add('content-length', '0');
    for (const fields of standing) writeStanding(writer, fields);
    const octets = writer.finish(body);
    if (octets === undefined) throw unwritable('a header field');
    return octets;
  };
}

function unwritable(what: string): UpstreamError {
  return new UpstreamError({
    status: 502,
    reason: 'upstream_broken',
    publicText: 'the request can not be handed on',
    detail: `${what} can't be written to the upstream`,
  });
}
