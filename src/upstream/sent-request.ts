/** A request as one connection sends it. */

import type { Readable } from 'node:stream';

import type { HeaderList } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import type { UpstreamRequest } from './forward.ts';
import { requestOctets } from './request-head.ts';

export interface SentRequest {
  readonly method: string;
  /** The head, with a small body behind it. */
  readonly begin: Uint8Array;
  /** What of the body is not in `begin`. */
  readonly rest: Readable | Uint8Array | undefined;
  /** Of a streamed body; undefined for one in chunks. */
  readonly length: number | undefined;
  /** Aborted when nobody wants the answer any more. */
  readonly signal: LeaveSignal;
}

/** The head and the body of a small request travel in one piece, which takes a copy. */
const MAX_JOINED_BYTES = 16_384;

/**
 * @param authority of the upstream, where the fields name none.
 * @param signal of the request, or one that is aborted earlier.
 * @throws UpstreamError 502 where a part of the head can't be written.
 */
export function sentRequest(
  { method, target, headers, body }: UpstreamRequest,
  authority: string,
  signal: LeaveSignal,
): SentRequest {
  const asked = { method, target, headers, authority };
  if (body === undefined) {
    const begin = requestOctets({ ...asked, length: undefined });
    return { method, begin, rest: undefined, length: undefined, signal };
  }
  if (!(body instanceof Uint8Array)) {
    const length = announcedLength(headers);
    const begin = requestOctets({ ...asked, length: length ?? 'chunked' });
    return { method, begin, rest: body, length, signal };
  }
  const { length } = body;
  const joined = length <= MAX_JOINED_BYTES ? body : undefined;
  const begin = requestOctets({ ...asked, length }, joined);
  return { method, begin, rest: joined === undefined ? body : undefined, length, signal };
}

/** Of a body that streams; the listener takes one valid length only. */
function announcedLength(headers: HeaderList): number | undefined {
  const [length] = fieldValues(headers, 'content-length');
  return length === undefined ? undefined : Number(length);
}
