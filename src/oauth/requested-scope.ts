/** Scopes that no client may ask for. */

import { RequestError } from '../errors.ts';

/**
 * Some servers keep the certificate of a token in a hidden scope, `x5t#SHA256:...`: a client that
 * could ask for one would choose its certificate itself.
 *
 * @param get the value of a parameter: `scope` is looked at, and that of a signed `request` (RFC
 * 9101). What a request that is encrypted holds only the server sees.
 * @throws RequestError 400 `invalid_scope`.
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
  const [, payload, signature] = request?.split('.') ?? [];
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const { scope } = Object(claims) as { readonly scope?: unknown };
    return typeof scope === 'string' ? scope : undefined;
  } catch {
    return undefined;
  }
}
