/** The JSON body of a request to the protection API. */

import type { IncomingMessage } from 'node:http';

import { RequestError } from '../../errors.ts';
import { readRequestBody } from '../../http/body.ts';

/** The largest description with the most scopes, and then some. */
const MAX_BODY_BYTES = 32_768;

/** @throws RequestError 400 or 413 for a body that is not JSON in UTF-8 of at most 32 KiB. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    throw invalidRequest('request_content_type', 'the body must be application/json');
  }
  const bytes = await readRequestBody(request, MAX_BODY_BYTES);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidRequest('request_malformed', 'the body is not JSON in UTF-8');
  }
}

/** RFC 6749 section 5.2, and Federated Authorization for UMA 2.0 section 3.2.6. */
export function invalidRequest(
  reason: 'request_content_type' | 'request_malformed',
  publicText: string,
): RequestError {
  return new RequestError({ status: 400, code: 'invalid_request', reason, publicText });
}
