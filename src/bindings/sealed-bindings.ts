/** Bindings that the tokens carry themselves: replicas share the keys and nothing else. */

import { UpstreamError } from '../errors.ts';
import type { Bindings, TokenBinding, TokenKind } from './bindings.ts';
import type { TokenSealer } from './sealed-token.ts';

/**
 * What the server also gets from a browser or itself tells the client, past the gateway: a
 * `request_uri` at the authorization endpoint, an `auth_req_id` in a notification (CIBA section
 * 10.2). It stays what it is, and that it belongs to the client is for the server to see.
 */
const TOLD_TO_OTHERS: ReadonlySet<TokenKind> = new Set<TokenKind>(['request_uri', 'auth_req_id']);

/**
 * Returns the bindings of sealed tokens. How long a token lives, and whether it is revoked, is for
 * the upstream alone to say: it is asked at every use.
 */
export function createSealedBindings(sealer: TokenSealer): Bindings {
  const seal = (binding: TokenBinding): string => {
    if (TOLD_TO_OTHERS.has(binding.kind)) return binding.token;
    const sealed = sealer.seal(binding);
    if (sealed !== undefined) return sealed;
    throw new UpstreamError({
      status: 502,
      reason: 'upstream_answer_invalid',
      publicText: 'the identity server gave an answer that can not be used',
      detail: `a token of ${binding.token.length} characters is too long to be sealed`,
    });
  };

  const written = {
    bindAll: async (bindings: readonly TokenBinding[]) => bindings.map(seal),
    extend: async () => {},
  };

  return {
    ...written,
    promise: async () => written,
    find: (token) => {
      const opened = sealer.open(token);
      const known = { isRevoked: false, expiresAt: undefined };
      if (opened === undefined) return { ...known, upstreamToken: token, binding: undefined };
      const { token: upstreamToken, ...binding } = opened;
      return { ...known, upstreamToken, binding };
    },
    revoke: async () => {},
  };
}
