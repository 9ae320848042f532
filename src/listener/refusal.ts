/**
 * Refusals that the listener makes itself, before the gateway has seen a request. They are written
 * as bytes, and the connection ends.
 */

import { STATUS_CODES } from 'node:http';
import { RequestError } from '../errors.ts';
import type { ChunkFault } from '../http/chunk-reader.ts';

/** The whole answer, after which the connection ends. */
export function refusalBytes(error: RequestError, { withBody }: { withBody: boolean }): Buffer {
  const body = JSON.stringify({ error: error.code, error_description: error.publicText });
  return answerBytes(
    error.status,
    [['content-type', 'application/json'], ...error.headers],
    body,
    withBody,
  );
}

/** For a client that speaks HTTP on a port where TLS is due; RFC 9110 has no status of its own. */
export function plainHttpRefusal(): Buffer {
  const text = 'this port speaks TLS: use https://\n';
  return answerBytes(400, [['content-type', 'text/plain']], text, true);
}

/** The refusal of a head that is larger than it may be. */
export function headTooLarge(): RequestError {
  return new RequestError({
    status: 431,
    code: 'invalid_request',
    reason: 'request_too_large',
    publicText: 'the header fields are too large',
  });
}

/** The refusal of a body whose chunks are none, or have too much around them. */
export function brokenChunks(fault: ChunkFault, detail: string): RequestError {
  const isTooLarge = fault === 'too large';
  return new RequestError({
    status: isTooLarge ? 413 : 400,
    code: 'invalid_request',
    reason: isTooLarge ? 'request_too_large' : 'request_malformed',
    publicText: isTooLarge ? 'the chunk extensions are too large' : 'the request is malformed',
    detail,
  });
}

/** The refusal of a request that has not arrived in time. */
export function tooSlow(detail: string): RequestError {
  return new RequestError({
    status: 408,
    code: 'invalid_request',
    reason: 'request_timeout',
    publicText: 'the request took too long',
    detail,
  });
}

/** The refusal of a request whose client left in the middle of it. */
export function incomplete(): RequestError {
  return new RequestError({
    status: 400,
    code: 'invalid_request',
    reason: 'request_malformed',
    publicText: 'the request is not complete',
    detail: 'the client left before its request was read',
  });
}

/** The refusal of a body that turns out to be larger than it may be. */
export function tooLarge(): RequestError {
  return new RequestError({
    status: 413,
    code: 'invalid_request',
    reason: 'request_too_large',
    publicText: 'the request body is too large',
  });
}

function answerBytes(
  status: number,
  headers: readonly (readonly [string, string])[],
  body: string,
  withBody: boolean,
): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `date: ${new Date().toUTCString()}`,
    'connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${withBody ? body : ''}`);
}
