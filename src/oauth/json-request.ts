/** A request body of JSON, read strictly. */

import { hasUniqueMembers } from '../certificate/key-set/unique-members.ts';
import { RequestError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { readRequestBody } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { fieldValues } from '../http/header-list.ts';

/** Metadata of a client with some certificates in its key set. */
const MAX_BODY_BYTES = 32_768;

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/**
 * Returns the members of the one JSON object in the body.
 *
 * @throws RequestError `invalid_request` for another media type, for what is no such object or has
 * a member twice, at whatever depth; 413 for a body over 32 KiB.
 */
export async function readJsonObject(
  exchange: Exchange,
): Promise<Readonly<Record<string, unknown>>> {
  const [type = '', ...others] = fieldValues(exchange.headers, 'content-type');
  const isEncoded = fieldValues(exchange.headers, 'content-encoding').length > 0;
  if (others.length > 0 || isEncoded || !JSON_TYPE.test(type)) {
    throw invalid('request_content_type', 'the body must be application/json, not encoded');
  }
  const value = parse(await readRequestBody(exchange.arrivedBody ?? exchange.body, MAX_BODY_BYTES));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid('request_malformed', 'the body must be one JSON object with unique members');
}

/** Undefined for what is no JSON in UTF-8 or has a member twice. */
function parse(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return hasUniqueMembers(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

function invalid(reason: Reason, publicText: string): RequestError {
  return new RequestError({ status: 400, code: 'invalid_request', reason, publicText });
}
