/**
 * Refusals that the listener makes itself, before the gateway has seen a request. They are written
 * as bytes: the HTTP engine may be in no state to answer.
 */

import { STATUS_CODES } from 'node:http';
import { RequestError } from '../errors.ts';
import { visibleText } from './visible-text.ts';

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

/**
 * What an error of the HTTP parser means for the client; undefined for an error of the socket,
 * which leaves nobody to answer.
 */
export function parserRefusal(error: NodeJS.ErrnoException): RequestError | undefined {
  const code = error.code ?? '';
  const detail = visibleText(`${code}: ${error.message}`);
  const facts = { code: 'invalid_request', detail, cause: error } as const;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return tooSlow(detail, error);
  if (code === 'HPE_HEADER_OVERFLOW') {
    const publicText = 'the header fields are too large';
    return new RequestError({ ...facts, status: 431, reason: 'request_too_large', publicText });
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    const publicText = 'the chunk extensions are too large';
    return new RequestError({ ...facts, status: 413, reason: 'request_too_large', publicText });
  }
  if (!code.startsWith('HPE_')) return undefined;
  const publicText = 'the request is malformed';
  return new RequestError({ ...facts, status: 400, reason: 'request_malformed', publicText });
}

/** The refusal of a request that has not arrived in time. */
export function tooSlow(detail: string, cause?: unknown): RequestError {
  return new RequestError({
    status: 408,
    code: 'invalid_request',
    reason: 'request_timeout',
    publicText: 'the request took too long',
    detail,
    cause,
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
