/** Scopes that no client may ask for. */

import { RequestError } from '../errors.ts';
import { readJsonMembers } from '../http/json-members.ts';

/**
 * Some servers keep the certificate of a token in a hidden scope, `x5t#SHA256:...`: a client that
 * could ask for one would choose its certificate itself.
 *
 * @param get the value of a parameter: `scope` is looked at, and that of a signed `request` (RFC
 * 9101). What a request that is encrypted holds only the server sees.
 * @throws RequestError 400 `invalid_scope`; `invalid_request_object` for a signed request that a server
 * may read otherwise than we do.
 */
export function refuseReservedScopes(get: (name: string) => string | undefined): void {
  if (!isReserved(get('scope')) && !isReserved(signedScope(get('request')))) return;
  throw new RequestError({
    status: 400,
    code: 'invalid_scope',
    reason: 'scope_reserved',
    publicText: 'a requested scope is reserved',
  });
}

function isReserved(scope: string | undefined): boolean {
  return scope?.split(/\s+/).some((value) => /^x5t#/i.test(value)) ?? false;
}

/** Not verified: a client that signs a reserved scope asks for it all the same. */
function signedScope(request: string | undefined): string | undefined {
  const parts = request?.split('.') ?? [];
  const [, payload = ''] = parts;
  if (parts.length < 3 || parts.length === ENCRYPTED_PARTS) return undefined;
  // With a byte order mark or a member twice, another parser would find another scope.
  const claims = PAYLOAD.test(payload)
    ? readJsonMembers(Buffer.from(payload, 'base64url').toString('utf8'))
    : undefined;
  const scope = claims?.has('scope') === true ? claims.value('scope') : '';
  if (claims !== undefined && typeof scope === 'string') return scope;
  throw new RequestError({
    status: 400,
    code: 'invalid_request_object',
    reason: 'request_malformed',
    publicText: 'the request is no signed JSON object with unique keys and a scope that is text',
  });
}

/** RFC 7516 section 9. */
const ENCRYPTED_PARTS = 5;

const PAYLOAD = /^[A-Za-z0-9_-]+$/;
