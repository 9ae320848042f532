/** The rules for header fields that hold in every version of HTTP. */

import { RequestError } from '../errors.ts';
import { visibleText } from './visible-text.ts';

/** No client of ours comes near; a parser's own count would have to be trusted to hide none. */
export const MAX_FIELDS = 256;

/** The refusal of a head with more fields than that. */
export function tooManyFields(): RequestError {
  return refusedHead(431, 'request_too_large', `more than ${MAX_FIELDS} header fields`);
}

/**
 * Whether the client waits for `100 Continue` (RFC 9110 section 10.1.1).
 *
 * @param expectations the values of all `Expect` fields.
 * @throws RequestError 417 for any other expectation.
 */
export function readExpectation(expectations: readonly string[]): boolean {
  if (expectations.length === 0) return false;
  if (expectations.length === 1 && expectations[0]?.toLowerCase() === '100-continue') return true;
  throw refusedHead(
    417,
    'request_expectation_failed',
    'no expectation but 100-continue can be met',
    expectations[0],
  );
}

/** The refusal of a head; `seen` is what a client sent and goes to the log only. */
export function refusedHead(
  status: number,
  reason: RequestError['reason'],
  publicText: string,
  seen?: string,
): RequestError {
  const detail = seen === undefined ? publicText : `${publicText}: ${visibleText(seen)}`;
  return new RequestError({ status, code: 'invalid_request', reason, publicText, detail });
}
