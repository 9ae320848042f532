/** A request as one connection sends it. */

import type { Readable } from 'node:stream';

import type { HeaderList } from '../http/exchange.ts';
import { fieldValue } from '../http/header-list.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import type { UpstreamRequest } from './forward.ts';
import { createRequestHeads } from './request-head.ts';

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

const NONE: readonly HeaderList[] = [];

/**
 * @param signal of the request, or one that is aborted earlier.
 * @throws UpstreamError 502 where a part of the head can't be written.
 */
export type MakeSentRequest = (request: UpstreamRequest, signal: LeaveSignal) => SentRequest;

/** @param authority of the upstream, where the fields name none. */
export function createSentRequests(authority: string): MakeSentRequest {
  const writeHead = createRequestHeads();
  return (request, signal) => {
    const { method, target, headers, body } = request;
    const standing = request.standing ?? NONE;
    const length = lengthOf(request);
    const isWhole = body instanceof Uint8Array;
    const joined = isWhole && body.length <= MAX_JOINED_BYTES ? body : undefined;
    const head = { method, target, headers, standing, authority, length };
    return {
      method,
      begin: writeHead(head, joined),
      rest: joined === undefined ? body : undefined,
      length: length === 'chunked' ? undefined : length,
      signal,
    };
  };
}

function lengthOf({ headers, body }: UpstreamRequest): number | 'chunked' | undefined {
  if (body === undefined || body instanceof Uint8Array) return body?.length;
  // Of a body that streams; the listener takes one valid length only.
  const length = fieldValue(headers, 'content-length');
  return length === undefined ? 'chunked' : Number(length);
}
