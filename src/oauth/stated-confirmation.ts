/** The `cnf` that an issuer states (RFC 7800 section 3.1, RFC 8705 section 3.1). */

import { invalidToken } from './bearer-token.ts';

/** Unpadded base64url of 32 octets: the last character has four bits only. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * The thumbprint in a `cnf`; undefined where there is no `cnf`. One that we can't compare is never
 * taken for none.
 *
 * @throws RequestError 401 `invalid_token` for one that does not name a certificate by its SHA-256.
 */
export function statedThumbprint(confirmation: unknown): string | undefined {
  if (confirmation === undefined) return undefined;
  const isObject = typeof confirmation === 'object' && confirmation !== null;
  const stated: unknown =
    isObject && Object.hasOwn(confirmation, 'x5t#S256')
      ? (confirmation as { readonly 'x5t#S256': unknown })['x5t#S256']
      : undefined;
  if (typeof stated === 'string' && THUMBPRINT.test(stated)) return stated;
  throw invalidToken('token_invalid', 'its cnf has no x5t#S256 of 43 characters of base64url');
}
