/** Whom an assertion names as its client (RFC 7523 section 3), so that nobody is anybody else by it. */

import { RequestError } from '../errors.ts';
import { readJsonMembers } from '../http/json-members.ts';

/**
 * The `sub` of an assertion, which stands for an absent `client_id`. Not verified: it only says whose
 * rules the request has to keep. Undefined for one that no server could read.
 *
 * @throws RequestError 401 `invalid_client` for one in which servers may read different subjects.
 */
export function assertionSubject(assertion: string): string | undefined {
  const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url');
  // Drops a byte order mark, as JOSE libraries do.
  const text = new TextDecoder().decode(payload);
  if (!isJson(text)) return undefined;
  const subject = readJsonMembers(text)?.value('sub');
  if (typeof subject === 'string') return subject;
  throw new RequestError({
    status: 401,
    code: 'invalid_client',
    reason: 'request_malformed',
    publicText: 'client authentication failed',
    detail: 'the assertion has not one sub that is text',
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
