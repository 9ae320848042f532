/** Scopes that no client may ask for. */

import { RequestError } from '../errors.ts';

/**
 * Some servers keep the certificate of a token in a hidden scope, `x5t#SHA256:...`: a client that
 * could ask for one would choose its certificate itself.
 *
 * @throws RequestError 400 `invalid_scope`.
 */
export function refuseReservedScopes(scope: string | undefined): void {
  const isReserved = scope?.split(/\s+/).some((value) => /^x5t#/i.test(value)) ?? false;
  if (!isReserved) return;
  throw new RequestError({
    status: 400,
    code: 'invalid_scope',
    reason: 'scope_reserved',
    publicText: 'a requested scope is reserved',
  });
}
