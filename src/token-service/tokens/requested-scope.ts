/** Scopes that a client asks for at the token endpoint (RFC 6749 section 3.3). */

import type { LoadedProvider } from '../provider.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

/**
 * Refuses scopes that are not the client's: the provider would leave out what it does not know
 * without a word.
 *
 * @throws 400 `invalid_scope`.
 */
export function refuseForeignScopes(
  ctx: KoaContextWithOIDC,
  refusal: LoadedProvider['refusal'],
): void {
  const { client, params } = ctx.oidc;
  const { scope } = params ?? {};
  if (typeof scope !== 'string') return;
  const held = new Set((client?.scope ?? '').split(' ').filter(Boolean));
  if (held.size === 0) throw refusal('invalid_scope', 'this client has no scopes');
  const isForeign = scope.split(' ').some((each) => !held.has(each));
  if (isForeign) throw refusal('invalid_scope', 'this client does not have all of these scopes');
}
